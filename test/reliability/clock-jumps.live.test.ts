import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { eventually } from '../eventually.ts'
import { registerProbe, startAgent } from '../rig/agent.ts'
import { countEvidence } from '../rig/evidence.ts'
import { type Caller, createMonitor, signUp, statuses } from '../rig/graphql.ts'
import { openSettableClock, type SettableClock } from '../rig/settable-clock.ts'
import { isOnGrid, readCheckedSlots } from '../rig/slots.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** How wrong the clocks are, one after the other; in the end by a day, with an outage. */
const OFFSETS_MS = full ? [HOUR_MS, 0, -HOUR_MS, 0, -DAY_MS, 0] : []
const REGIONS = ['local', 'office']
const PAGES = ['shop', 'blog', 'forum']
const JOB = 'backup'
const INTERVAL_SECONDS = 10
const PATIENCE_MS = 60_000

test(
  'clocks of server and agent jump, each the other way: no burst, no false incident, nothing is misdated',
  async () => {
    await using scene = await openScene()
    const { stage, alice } = scene
    await everyPageIs(alice, 'UP')
    const beganAt = Date.now()
    for (const offsetMs of OFFSETS_MS) {
      await scene.setClocks(offsetMs)
      await everyRegionChecks(stage)
      await scene.callOfJob()
    }
    expect(await turnsOf(stage, PAGES)).toEqual([['UP']])
    expect(await countOf(stage, 'incidents')).toBe(0)

    await scene.setClocks(DAY_MS)
    stage.target.become('down')
    await everyPageIs(alice, 'DOWN')
    stage.target.become('up')
    await everyPageIs(alice, 'UP')
    expect(await turnsOf(stage, PAGES)).toEqual([['UP', 'DOWN', 'UP']])
    expect(await turnsOf(stage, [JOB])).toEqual([['UP']])
    expect(await countOf(stage, 'incidents')).toBe(PAGES.length)
    expect(await countOf(stage, 'notices')).toBe(0)
    expect(await misdated(stage, beganAt)).toEqual([])
    await everySlotRanOnce(stage)
    const jumps = OFFSETS_MS.length + 1
    if (full)
      console.log(`${jumps} jumps: ${stage.target.visits.length} visits, each check in its slot`)
  },
  (OFFSETS_MS.length + 4) * 30_000,
)

type Scene = AsyncDisposable & {
  stage: Stage
  alice: Caller
  /** The server's wrong by so much, the agent's by as much the other way. */
  setClocks(offsetMs: number): Promise<void>
  callOfJob(): Promise<void>
}

/** Pages watched from two regions, and a job that calls, under clocks that are still right. */
async function openScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const stage = opening.use(await openStage())
  const clocks = [opening.use(await openSettableClock()), opening.use(await openSettableClock())]
  const [ofServer, ofAgent] = clocks as [SettableClock, SettableClock]
  const server = await stage.start({ variables: ofServer.variables })
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const probe = await registerProbe(alice, 'office')
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-agent-'))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))
  for (const name of PAGES) await watch(alice, stage, name)
  const { variables } = ofAgent
  const agent = startAgent({ url: server.url!, probe, dataDir, variables })
  opening.defer(() => agent.kill())
  const job = new URL(new URL(await watchJob(alice)).pathname, server.url!)
  const callOfJob = async () => expect((await fetch(job)).status).toBe(200)
  await callOfJob()
  const open = opening.move()
  return {
    stage,
    alice,
    async setClocks(offsetMs) {
      await ofServer.beOffBy(offsetMs)
      await ofAgent.beOffBy(-offsetMs)
    },
    callOfJob,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

async function watch(alice: Caller, { target }: Stage, name: string): Promise<void> {
  const wish = { name, target: target.urlOf(name), regions: REGIONS, failureThreshold: 1 }
  await createMonitor(alice, { ...wish, intervalSeconds: INTERVAL_SECONDS, timeoutMs: 5_000 })
}

/** The address that it is to call. */
async function watchJob(alice: Caller): Promise<string> {
  type Created = { createMonitor: { monitor: { heartbeat: { url: string } } } }
  const heartbeat = { periodSeconds: 600, graceSeconds: 60 }
  const { createMonitor: created } = await alice.ask<Created>(
    `mutation ($input: CreateMonitorInput!) {
      createMonitor(input: $input) { monitor { heartbeat { url } } } }`,
    { input: { name: JOB, kind: 'HEARTBEAT', heartbeat } },
  )
  return created.monitor.heartbeat.url
}

function everyPageIs(alice: Caller, status: string): Promise<unknown> {
  return eventually(
    `every page is ${status}`,
    async () => {
      const seen = await statuses(alice)
      return PAGES.every((name) => seen.get(name) === status)
    },
    PATIENCE_MS,
  )
}

/** Each page once more, from each region. */
async function everyRegionChecks(stage: Stage): Promise<void> {
  const before = await checkCounts(stage)
  await eventually(
    'every region has checked every page once more',
    async () => {
      const now = await checkCounts(stage)
      return [...now].every(([place, count]) => count > (before.get(place) ?? 0))
    },
    PATIENCE_MS,
  )
}

/** How many checks there are of each page from each region. */
async function checkCounts({ database }: Stage): Promise<Map<string, number>> {
  const { rows } = await database.pool.query<{ place: string; count: number }>(
    `SELECT monitor_id || region AS place, count(*)::int AS count
     FROM checks WHERE region = ANY ($1) GROUP BY place`,
    [REGIONS],
  )
  return new Map(rows.map(({ place, count }) => [place, count]))
}

/** The statuses that any of these monitors took, in order. */
async function turnsOf({ database }: Stage, names: string[]): Promise<string[][]> {
  const { rows } = await database.pool.query<{ turns: string[] }>(
    `SELECT DISTINCT turns FROM (
       SELECT array_agg(t.to_status::text ORDER BY t.decided_at) AS turns
       FROM transitions t JOIN monitors m ON m.id = t.monitor_id
       WHERE m.name = ANY ($1) AND t.superseded_at IS NULL GROUP BY m.id) s`,
    [names],
  )
  return rows.map(({ turns }) => turns)
}

async function countOf({ database }: Stage, table: 'incidents' | 'notices'): Promise<number> {
  const { rows } = await database.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table}`,
  )
  return rows[0]!.count
}

/** Instants of what happened that lie before the first jump or after now, by more than can be but less than any jump. */
async function misdated({ database }: Stage, beganAt: number): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    `SELECT what, ${epochMs('at')} - $1 AS "msSinceFirstJump" FROM (
       SELECT 'check' AS what, checked_at AS at FROM checks
       UNION ALL SELECT 'transition', at FROM transitions
       UNION ALL SELECT 'decision', decided_at FROM transitions
       UNION ALL SELECT 'incident', started_at FROM incidents
       UNION ALL SELECT 'resolution', resolved_at FROM incidents
       UNION ALL SELECT 'call', at FROM heartbeat_pings
       UNION ALL SELECT 'sync', last_seen_at FROM probes) dated
     WHERE at NOT BETWEEN to_timestamp($1 / 1000.0) - interval '5 minutes' AND now() + interval '1 second'`,
    [beganAt],
  )
  return rows
}

/** No slot twice, none left out, and nobody was asked but for a check or evidence that is stored. */
async function everySlotRanOnce(stage: Stage): Promise<void> {
  const checked = await readCheckedSlots(stage.database.pool)
  const ofPages = checked.filter(({ region }) => REGIONS.includes(region))
  expect(ofPages.filter((one) => !isOnGrid(one, INTERVAL_SECONDS))).toEqual([])
  await eventually('as many checks and evidence as visits', async () => {
    const counts = [...(await checkCounts(stage)).values()]
    const checks = counts.reduce((sum, count) => sum + count, 0)
    // None for an incident that is over before it is its turn.
    const evidence = await countEvidence(stage.database.pool)
    expect(checks + evidence).toBe(stage.target.visits.length)
    return true
  })
}
