import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { invariant } from '../../core/invariant.ts'
import { startEdge } from '../../edge-probe/testing/edge.ts'
import { eventually } from '../eventually.ts'
import { registerProbe, startAgent } from '../rig/agent.ts'
import { type Caller, createMonitor, signUp } from '../rig/graphql.ts'
import { halfTold } from '../rig/plant.ts'
import { everythingTold } from '../rig/play.ts'
import { pickPort } from '../rig/ports.ts'
import type { RunningServer } from '../rig/server.ts'
import { type Site, startSite } from '../rig/site.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { type Turn, turnsByChecks, turnsTold } from '../rig/timeline.ts'
import { full } from '../size.ts'

const EDGE = ['weur', 'enam', 'apac'] as const
/** Where a private agent stands. */
const OFFICE = 'office'
const REGIONS = [...EDGE, OFFICE, 'local']
/** The one that the blog turns away. */
const OUTCAST = 'apac'
const INTERVAL_SECONDS = 10
const TIMEOUT_MS = 5_000
const FRESH_MS = 2 * INTERVAL_SECONDS * 1_000 + TIMEOUT_MS
const MINUTE_MS = 60_000
/** Five minutes without Pharos in full. */
const TURNS_AWAY = full ? 5 : 1
const TURN_LASTS_MS = full ? MINUTE_MS : 0
/** A probe asks again once a minute at the least. */
const ARRIVAL_MS = 90_000
/** What is answered while Pharos is away, and at no other time. */
const ANSWER_AWAY = { UP: 204, DOWN: 503 } as const

const opening = new AsyncDisposableStack()
let stage: Stage
let server: RunningServer
let alice: Caller
let shop: Site
let blog: Site
const ids = new Map<Site, string>()

beforeAll(async () => {
  stage = opening.use(await openStage())
  shop = opening.use(await startSite())
  blog = opening.use(await startSite())
  const port = await pickPort()
  server = await stage.start({ port })
  alice = await signUp(() => server.url!, 'alice@pharos.example')
  const starts = await Promise.all([...EDGE.map(openRegion), openOffice()])
  await Promise.all([watch(shop, 'shop'), watch(blog, 'blog')])
  await Promise.all(starts.map((start) => start()))
  await Promise.all([shop, blog].map((site) => everyVoteIs(site, 'UP')))
}, 2 * MINUTE_MS)
afterAll(() => opening.disposeAsync())

describe.concurrent('while Pharos is there', () => {
  test(
    'a target that is gone is DOWN by most votes, each with its reason: one incident, one mail',
    async () => {
      await shop.become(null)
      const { status, votes, incidents } = await everyVoteIs(shop, 'DOWN')
      expect(status).toBe('DOWN')
      expect(incidents.nodes).toMatchObject([{ kind: 'DOWN', status: 'OPEN' }])
      const reason = expect.stringMatching(/^1 failure at .+, threshold 1$/)
      const expected = REGIONS.map((region) => ({ region, vote: 'DOWN', reason, advisory: null }))
      expect(votes).toEqual(expected)
      const { reason: why, votes: counted } = await lastTransition(shop)
      expect(why).toMatch(/ fresh votes are DOWN, \d needed: /)
      expect(counted).toHaveLength(REGIONS.length)
      await eventually('a mail says so', () => mailsTo('shop').length === 1)
    },
    MINUTE_MS,
  )

  test(
    'a target that one region cannot reach is UP, and that vote is an advisory',
    async () => {
      blog.turnAway(zoneOf(OUTCAST))
      const { status, votes } = await everyVoteIs(blog, 'DOWN', [OUTCAST])
      expect(status).toBe('UP')
      const advising = votes.filter(({ advisory }) => advisory !== null)
      expect(advising).toMatchObject([
        { region: OUTCAST, advisory: expect.stringContaining('127.0.0.1') },
      ])
    },
    MINUTE_MS,
  )
})

test(
  'what is found while Pharos is away arrives afterwards, and the story is as if it had come in time',
  async () => {
    const { pool } = stage.database
    // Nobody has told of the blog, though one region has called it down.
    expect(await outagesOf(blog)).toEqual([])
    expect(await server.stop()).toMatchObject({ code: 0 })
    const awayAt = Date.now()
    for (let turn = 0; turn < TURNS_AWAY; turn += 1) await turnBoth(turn)
    // Each stays what it is, by another answer.
    await shop.become(200)
    await blog.become(null)
    const backAt = Date.now()
    await startAgain()
    await eventually(
      'every answer given meanwhile is a check',
      async () => {
        expect(await checksAway()).toEqual(callsAway())
        return true
      },
      ARRIVAL_MS,
    )
    const arrivedAt = Date.now()
    for (const site of [shop, blog]) {
      const turns = await turnsByChecks(pool, site.url, FRESH_MS)
      expect(await turnsTold(pool, site.url)).toEqual(turns)
      expect(await outagesOf(site)).toEqual(outagesIn(turns))
    }
    await everythingTold(stage)
    expect(await halfTold(pool)).toEqual([])
    expect(await troubles()).toEqual({ late: 0, refused: 0, notices: 0 })
    await tell(backAt - awayAt, arrivedAt - backAt)
  },
  2 * MINUTE_MS + TURNS_AWAY * (MINUTE_MS + TURN_LASTS_MS),
)

/** One region of the edge, in a runtime of its own: what it fetches says where it comes from. */
async function openRegion(region: (typeof EDGE)[number]): Promise<() => Promise<void>> {
  const { keyId: probeId, secret } = await registerProbe(alice, region, 'EDGE')
  return async () => {
    const key = { region, probeId, secret }
    const zone = zoneOf(region)
    const edge = opening.use(await startEdge({ pharosUrl: server.url!, keys: [key], zone }))
    await edge.cron()
  }
}

async function openOffice(): Promise<() => Promise<void>> {
  const probe = await registerProbe(alice, OFFICE)
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-agent-'))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))
  return async () => {
    const agent = startAgent({ url: server.url!, probe, dataDir })
    opening.defer(() => agent.kill())
  }
}

/** Where the probes look for it. */
async function startAgain(): Promise<void> {
  server = await stage.start({ port: Number(new URL(server.url!).port) })
  invariant(server.url, `Pharos did not start again:\n${server.output()}`)
}

async function watch(site: Site, name: string): Promise<void> {
  const wish = {
    name,
    target: site.url,
    regions: REGIONS,
    intervalSeconds: INTERVAL_SECONDS,
    timeoutMs: TIMEOUT_MS,
    failureThreshold: 1,
    alertEmail: `${name}@pharos.example`,
  }
  ids.set(site, await createMonitor(alice, wish))
}

/** Down is up and up is down, until every probe that is there has seen it. */
async function turnBoth(turn: number): Promise<void> {
  const turnedAt = Date.now()
  const [shopIs, blogIs] = turn % 2 === 0 ? (['UP', 'DOWN'] as const) : (['DOWN', 'UP'] as const)
  await shop.become(ANSWER_AWAY[shopIs])
  await blog.become(ANSWER_AWAY[blogIs])
  const [shopFrom, blogFrom] = [shop.calls.length, blog.calls.length]
  await eventually(
    'every probe has seen it',
    () =>
      zonesOf(shop, shopFrom).size === 4 &&
      zonesOf(blog, blogFrom).size === 3 &&
      Date.now() - turnedAt >= TURN_LASTS_MS,
    2 * MINUTE_MS,
  )
}

function zonesOf(site: Site, from: number) {
  return new Set(site.calls.slice(from).map(({ zone }) => zone))
}

/** How often each probe was given which answer. */
function callsAway(): Record<string, number> {
  const regions = new Map<string | null, string>(EDGE.map((region) => [zoneOf(region), region]))
  const lines = [shop, blog].flatMap(({ url, calls }) =>
    calls
      .filter(({ status }) => status !== 200)
      .map(({ zone, status }) => `${url} ${regions.get(zone) ?? OFFICE} ${status}`),
  )
  return counted(lines)
}

async function checksAway(): Promise<Record<string, number>> {
  const { rows } = await stage.database.pool.query<{ line: string }>(
    `SELECT concat_ws(' ', m.target, c.region, c.http_status) AS line
     FROM checks c JOIN monitors m ON m.id = c.monitor_id WHERE c.http_status = ANY ($1)`,
    [Object.values(ANSWER_AWAY)],
  )
  return counted(rows.map(({ line }) => line))
}

/** Results that decided nothing or were not taken, and probes that were called silent or unwell. */
async function troubles() {
  const { rows } = await stage.database.pool.query(
    `SELECT (SELECT count(*)::int FROM checks WHERE is_late) AS late,
       (SELECT sum(refused_count)::int FROM probes) AS refused,
       (SELECT count(*)::int FROM notices) AS notices`,
  )
  return rows[0]
}

function counted(lines: string[]): Record<string, number> {
  const groups = Map.groupBy(lines.toSorted(), (line) => line)
  return Object.fromEntries([...groups].map(([line, all]) => [line, all.length]))
}

function zoneOf(region: string): string {
  return `${region}.example.com`
}

function mailsTo(name: string) {
  return stage.sink.mails.filter(({ recipient }) => recipient === `${name}@pharos.example`)
}

const READ = `query ($id: ID!) { monitor(id: $id) {
  status
  votes { region vote reason advisory }
  incidents(first: 20) { nodes { kind status startedAt resolvedAt } } } }`

type Seen = {
  status: string
  votes: { region: string; vote: string; reason: string; advisory: string | null }[]
  incidents: {
    nodes: { kind: string; status: string; startedAt: string; resolvedAt: string | null }[]
  }
}

async function read(site: Site): Promise<Seen> {
  const { monitor } = await alice.ask<{ monitor: Seen }>(READ, { id: ids.get(site) })
  return monitor
}

function everyVoteIs(site: Site, said: string, regions = REGIONS): Promise<Seen> {
  return eventually(
    `${regions.join(', ')} say ${said}`,
    async () => {
      const seen = await read(site)
      const votes = seen.votes.filter(({ region }) => regions.includes(region))
      return votes.every(({ vote }) => vote === said) && seen
    },
    MINUTE_MS,
  )
}

const TRANSITION = `query ($id: ID!) { monitor(id: $id) {
  transitions(first: 1) { nodes { reason votes { region vote reason } } } } }`

async function lastTransition(site: Site) {
  type Transition = { reason: string; votes: object[] }
  const { monitor } = await alice.ask<{ monitor: { transitions: { nodes: [Transition] } } }>(
    TRANSITION,
    { id: ids.get(site) },
  )
  return monitor.transitions.nodes[0]
}

type Outage = { from: number; to: number | null }

async function outagesOf(site: Site): Promise<Outage[]> {
  const { incidents } = await read(site)
  const outages = incidents.nodes.map(({ startedAt, resolvedAt }) => ({
    from: Date.parse(startedAt),
    to: resolvedAt === null ? null : Date.parse(resolvedAt),
  }))
  return outages.toSorted((a, b) => a.from - b.from)
}

function outagesIn(turns: Turn[]): Outage[] {
  return turns.flatMap(({ to, at }, index) =>
    to === 'DOWN' ? [{ from: at, to: turns[index + 1]?.at ?? null }] : [],
  )
}

async function tell(awayMs: number, arrivalMs: number): Promise<void> {
  if (!full) return
  const { rows } = await stage.database.pool.query<{ stood: number; withdrawn: number }>(
    `SELECT count(*) FILTER (WHERE retracted_at IS NULL)::int AS stood,
       count(retracted_at)::int AS withdrawn FROM incidents`,
  )
  const answers = Object.values(callsAway()).reduce((sum, count) => sum + count, 0)
  const [away, arrival] = [awayMs, arrivalMs].map((ms) => Math.round(ms / 1_000))
  const { stood, withdrawn } = rows[0]!
  console.log(
    `${away} s without Pharos: ${answers} answers, as many checks ${arrival} s later; ` +
      `${stood} incidents, ${withdrawn} told and withdrawn`,
  )
}
