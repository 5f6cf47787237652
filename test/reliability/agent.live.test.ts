import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { invariant } from '../../core/invariant.ts'
import type { ProbeResult } from '../../core/probe-protocol.ts'
import { eventually } from '../eventually.ts'
import { leastOf } from '../least.ts'
import {
  type AgentOptions,
  registerProbe,
  type RigProbe,
  type RunningAgent,
  startAgent,
} from '../rig/agent.ts'
import { countEvidence } from '../rig/evidence.ts'
import { type Caller, createMonitor, signUp } from '../rig/graphql.ts'
import { seenAs } from '../rig/monitor.ts'
import { pickPort } from '../rig/ports.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const MINUTE_MS = 60_000
const REGION = 'office'
const MONITORS = 20
/** Of the shortest interval there is. */
const SLOTS_AWAY = full ? 30 : 2
const INTERVAL_SECONDS = 10
const KILLS = full ? 50 : 5
const STOP_MS = 5_000
/** An agent with nothing new to tell syncs so long after the sync before. */
const REGULAR_SYNC_MS = 10_000

describe.concurrent('a private agent', () => {
  test(
    'brings what it finds, and tells a failure and a recovery as soon as they are confirmed',
    async () => {
      await using scene = await openScene()
      const { alice, stage } = scene
      const id = await createMonitor(alice, { ...wish(stage, 'shop'), intervalSeconds: 20 })
      const agent = scene.start()
      const up = await seenAs(alice, id, 'UP', MINUTE_MS)
      expect(up.checks[0]).toMatchObject({ outcome: 'UP', httpStatus: 200 })
      expect(await regionsOf(stage)).toEqual([REGION])

      stage.target.become('down')
      await seenAs(alice, id, 'DOWN', 2 * MINUTE_MS)
      expect(await syncPauseBefore(stage, 'DOWN')).toBeLessThan(REGULAR_SYNC_MS)
      stage.target.become('up')
      await seenAs(alice, id, 'UP', 2 * MINUTE_MS)
      expect(await stopMsOf(agent, scene)).toBeLessThan(STOP_MS)
      expect(spooled(scene)).toEqual([])
    },
    5 * MINUTE_MS,
  )

  test(
    'keeps what it finds while Pharos is away, and nothing is lost or doubled',
    async () => {
      await using scene = await openScene()
      const { alice, stage, server } = scene
      const ids = await createMonitors(scene)
      const agent = scene.start()
      await Promise.all(ids.map((id) => seenAs(alice, id, 'UP', MINUTE_MS)))

      expect(await server().stop()).toMatchObject({ code: 0 })
      stage.target.become('down')
      await everybodyVisited(stage, SLOTS_AWAY)
      stage.target.become('up')
      await everybodyVisited(stage, 1)
      await scene.restartServer()
      await eventually(
        'each has its incident, and its end',
        async () => isDeepStrictEqual(await incidentsOf(stage), [MONITORS, MONITORS]),
        2 * MINUTE_MS,
      )
      const end = await agent.stop()
      expect(end).toMatchObject({ code: 0 })
      await everyVisitIsKept(scene)
      tell(
        `${SLOTS_AWAY * INTERVAL_SECONDS} s without Pharos: ${await checksOf(stage)} runs, as many checks`,
      )
    },
    (SLOTS_AWAY * INTERVAL_SECONDS + 120) * 1_000,
  )

  test(
    'killed at whatever it is doing, brings all that it had written',
    async () => {
      await using scene = await openScene()
      await createMonitors(scene)
      const written = new Map<string, ProbeResult>()
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const from = scene.stage.target.visits.length
        const agent = scene.start()
        // With Pharos away every other time: what it finds then stays in the spool.
        if (kill % 2 === 0) await scene.server().kill()
        else await visited(scene.stage, from + MONITORS / 2)
        await agent.kill()
        for (const result of spooled(scene)) written.set(identity(result), result)
        if (kill % 2 === 0) await scene.restartServer()
      }
      const last = scene.start()
      await eventually('the spool is empty', () => spooled(scene).length === 0)
      await last.stop()
      const stored = await identitiesOf(scene.stage)
      expect([...written.keys()].filter((key) => !stored.has(key))).toEqual([])
      expect(stored.size).toBe(await checksOf(scene.stage))
      tell(`${KILLS} kills: ${written.size} results found in the spool, all of them stored once`)
    },
    (KILLS * 20 + 60) * 1_000,
  )
})

describe.concurrent('an agent says', () => {
  test('that its secret is wrong, and goes on', async () => {
    await using scene = await openScene()
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const agent = scene.start({ probe: { ...scene.probe, secret } })
    await eventually('it says so', () =>
      agent.output().includes('PROBE_ID or PROBE_SECRET is wrong'),
    )
    expect(agent.output()).not.toContain(secret)
    expect(await agent.stop()).toMatchObject({ code: 0 })
  })

  test('what it found in one round, and ends', async () => {
    await using scene = await openScene()
    const id = await createMonitor(scene.alice, wish(scene.stage, 'shop'))
    const round = scene.start({ args: ['--once'] })
    expect(await round.ended).toEqual({ code: 0, signal: null })
    expect(round.output()).toContain('"msg":"UP"')
    await seenAs(scene.alice, id, 'UP', MINUTE_MS)
    await scene.server().kill()
    const alone = scene.start({ args: ['--once'] })
    expect(await alone.ended).toEqual({ code: 1, signal: null })
    expect(alone.output()).toContain('Pharos cannot be reached')
  })
})

test.concurrent(
  'a secret that was rotated goes on working, and the new one works',
  async () => {
    await using scene = await openScene()
    const { alice, stage, probe } = scene
    const id = await createMonitor(alice, wish(stage, 'shop'))
    const agent = scene.start()
    await seenAs(alice, id, 'UP', MINUTE_MS)
    const { rotateProbeSecret: rotated } = await alice.ask<{
      rotateProbeSecret: { secret: string }
    }>('mutation ($id: ID!) { rotateProbeSecret(input: { id: $id }) { secret } }', { id: probe.id })
    await visited(stage, stage.target.visits.length + 1)
    await agent.stop()
    await everyVisitIsKept(scene)

    const next = scene.start({ probe: { ...probe, secret: rotated.secret } })
    await visited(stage, stage.target.visits.length + 1)
    await next.stop()
    await everyVisitIsKept(scene)
    expect(agent.output() + next.output()).not.toContain('KEY_REFUSED')
  },
  2 * MINUTE_MS,
)

/** Of an agent at work; of others, should it be late. */
async function stopMsOf(first: RunningAgent, scene: Scene): Promise<number> {
  const working = [first]
  return leastOf(STOP_MS, async () => {
    const agent = working.pop() ?? (await startWorking(scene))
    const { code, tookMs } = await agent.stop()
    expect(code).toBe(0)
    return tookMs
  })
}

async function startWorking(scene: Scene): Promise<RunningAgent> {
  const from = scene.stage.target.visits.length
  const agent = scene.start()
  await visited(scene.stage, from + 1)
  return agent
}

type Scene = AsyncDisposable & {
  stage: Stage
  alice: Caller
  probe: RigProbe
  dataDir: string
  server(): RunningServer
  restartServer(): Promise<void>
  start(options?: Partial<AgentOptions>): RunningAgent
}

/** A server that listens on the same port however often it is started, and a probe registered with it. */
async function openScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const stage = opening.use(await openStage())
  const port = await pickPort()
  let server = await stage.start({ port })
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const probe = await registerProbe(alice, REGION)
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-agent-'))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))
  const open = opening.move()
  return {
    stage,
    alice,
    probe,
    dataDir,
    server: () => server,
    async restartServer() {
      server = await stage.start({ port })
      invariant(server.url, `the server did not start again:\n${server.output()}`)
    },
    start(options = {}) {
      const agent = startAgent({ url: `http://127.0.0.1:${port}`, probe, dataDir, ...options })
      open.defer(() => agent.kill())
      return agent
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

function wish({ target }: Stage, name: string) {
  return {
    name,
    target: target.urlOf(name),
    regions: [REGION],
    intervalSeconds: INTERVAL_SECONDS,
    failureThreshold: 2,
  }
}

async function createMonitors({ alice, stage }: Scene): Promise<string[]> {
  const names = Array.from({ length: MONITORS }, (_, index) => `monitor-${index}`)
  return Promise.all(names.map((name) => createMonitor(alice, wish(stage, name))))
}

function visited({ target }: Stage, count: number): Promise<unknown> {
  return eventually(`${count} visits`, () => target.visits.length >= count, 10 * MINUTE_MS)
}

/** So many times each, from now on. */
function everybodyVisited({ target }: Stage, times: number): Promise<unknown> {
  const from = target.visits.length
  return eventually(
    `everybody was visited ${times} times`,
    () => {
      const byPath = Map.groupBy(target.visits.slice(from), (visit) => visit.path)
      return byPath.size === MONITORS && [...byPath.values()].every((some) => some.length >= times)
    },
    10 * MINUTE_MS,
  )
}

/** What the agent has written and not yet been receipted. */
function spooled({ dataDir, probe }: Scene): ProbeResult[] {
  const folder = join(dataDir, 'spool', probe.keyId)
  const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  const lines = text.flatMap((one) => one.split('\n').slice(0, -1))
  return lines.map((line) => JSON.parse(line) as ProbeResult)
}

function identity({ monitorId, scheduledAt, attempt }: ProbeResult): string {
  return `${monitorId} ${scheduledAt} ${attempt}`
}

async function identitiesOf({ database }: Stage): Promise<Set<string>> {
  const { rows } = await database.pool.query<ProbeResult>(
    `SELECT monitor_id AS "monitorId", attempt,
       (extract(epoch FROM scheduled_at) * 1000)::float8 AS "scheduledAt" FROM checks`,
  )
  return new Set(rows.map(identity))
}

/**
 * As a check, or as evidence of an incident that opened before its end was brought. What an agent could not
 * tell while it was stopped is on its disk.
 */
function everyVisitIsKept(scene: Scene): Promise<true> {
  const { pool } = scene.stage.database
  return eventually('every visit is kept', async () => {
    const stored = await identitiesOf(scene.stage)
    expect(stored.size).toBe(await checksOf(scene.stage))
    const found = stored.union(new Set(spooled(scene).map(identity)))
    expect(found.size + (await countEvidence(pool))).toBe(scene.stage.target.visits.length)
    return true
  })
}

async function checksOf({ database }: Stage): Promise<number> {
  const { rowCount } = await database.pool.query('SELECT FROM checks')
  return rowCount ?? 0
}

async function regionsOf({ database }: Stage): Promise<string[]> {
  const { rows } = await database.pool.query<{ region: string }>(
    'SELECT DISTINCT region FROM checks',
  )
  return rows.map(({ region }) => region)
}

/**
 * Between the sync that brought the check by which a monitor turned, and the one before it. A sync is dated by the
 * server's count of the database's time, which may be a little ahead of it.
 */
async function syncPauseBefore({ database }: Stage, status: string): Promise<number> {
  const { rows } = await database.pool.query<{ ms: number }>(
    `SELECT ${epochMs('at')} - ${epochMs('before')} AS ms
     FROM (SELECT at, lag(at) OVER (ORDER BY at) AS before FROM probe_messages) syncs
     WHERE at <= (SELECT created_at + interval '1 s' FROM transitions WHERE to_status::text = $1)
     ORDER BY at DESC LIMIT 1`,
    [status],
  )
  return rows[0]!.ms
}

/** How many were opened, and how many resolved. */
async function incidentsOf({ database }: Stage): Promise<[number, number]> {
  const { rows } = await database.pool.query<{ opened: number; resolved: number }>(
    'SELECT count(*)::int AS opened, count(resolved_at)::int AS resolved FROM incidents',
  )
  return [rows[0]!.opened, rows[0]!.resolved]
}

function tell(figures: string): void {
  if (full) console.log(figures)
}
