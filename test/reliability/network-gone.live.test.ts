import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startHttpTarget, startTcpTarget } from '../../agent/testing/target.ts'
import { eventually } from '../eventually.ts'
import { registerProbe, type RunningAgent, startAgent } from '../rig/agent.ts'
import { multiplyFirst } from '../rig/crowd.ts'
import { createMonitor, signUp } from '../rig/graphql.ts'
import { seenAs } from '../rig/monitor.ts'
import { type Cable, openNetwork } from '../rig/network.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const MONITORS = 1_000
const HOSTS = 50
const INTERVAL_SECONDS = 10
const MINUTE_MS = 60_000
const GONE_MS = 10 * MINUTE_MS
const REGION = 'office'

/** What is gone, until when, and what is told of it. */
type Loss = {
  what: string
  cables(scene: Scene): Cable[]
  until(scene: Scene, goneAt: number): Promise<unknown>
  notice: 'REGION_UNHEALTHY' | 'PROBE_SILENT'
}

const toItsTargets: Loss = {
  what: 'the way to its targets, until nothing is known of any',
  cables: ({ uplink }) => [uplink],
  until: ({ stage }, goneAt) => everybodyIs(stage, 'UNKNOWN', goneAt),
  notice: 'REGION_UNHEALTHY',
}

const everything: Loss = {
  what: 'all ways, for ten minutes',
  cables: ({ uplink, toPharos }) => [uplink, toPharos],
  until: (_, goneAt) =>
    eventually('ten minutes have passed', () => Date.now() - goneAt >= GONE_MS, 2 * GONE_MS),
  notice: 'PROBE_SILENT',
}

// Three minutes must pass until a probe counts as silent.
const losses = (full ? [toItsTargets, everything] : [toItsTargets]).map(
  (loss) => [loss.what, loss] as const,
)

test.each(losses)(
  `an agent with ${MONITORS} monitors loses %s: no incident, one notice, and all is well again`,
  async (_, { cables, until, notice }) => {
    await using scene = await openScene()
    const { stage } = scene
    const goneAt = Date.now()
    await Promise.all(cables(scene).map((cable) => cable.cut()))
    await until(scene, goneAt)
    expect(await noticesOf(stage)).toEqual([{ kind: notice, region: REGION, isOpen: true }])
    const backAt = Date.now()
    await Promise.all(cables(scene).map((cable) => cable.mend()))
    await everybodyIs(stage, 'UP', backAt)
    await eventually(
      'the notice is over',
      async () => (await noticesOf(stage))[0]?.isOpen === false,
    )
    expect(await noticesOf(stage)).toHaveLength(1)
    expect(await incidentsOf(stage)).toBe(0)
    await eventually('one mail told of it', () => stage.sink.mails.length === 1)
    expect(await scene.agent.stop()).toMatchObject({ code: 0 })
    await tell(stage, goneAt, backAt)
  },
  GONE_MS + 10 * MINUTE_MS,
)

type Scene = AsyncDisposable & {
  stage: Stage
  agent: RunningAgent
  /** To targets and reference targets. */
  uplink: Cable
  toPharos: Cable
}

/** An agent in a network of its own, whose thousand monitors are all UP. */
async function openScene(): Promise<Scene> {
  await using opening = new AsyncDisposableStack()
  const stage = opening.use(await openStage())
  const network = opening.use(await openNetwork())
  const [uplink, toPharos] = [await network.layCable(HOSTS), await network.layCable(1)]
  const target = opening.use(
    await startHttpTarget((_, response) => response.end('ok'), ANY_ADDRESS),
  )
  const references = opening.use(await startTcpTarget((socket) => socket.resume(), ANY_ADDRESS))
  const dataDir = await mkdtemp(join(tmpdir(), 'pharos-agent-'))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))

  const allowed = { OUTBOUND_ALLOW_CIDRS: uplink.range }
  const server = await stage.start({ variables: allowed })
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const probe = await registerProbe(alice, REGION)
  const [first = ''] = uplink.addresses
  const agent = startAgent({
    url: server.url!.replace('127.0.0.1', toPharos.addresses[0]!),
    probe,
    dataDir,
    within: network.within,
    variables: { ...allowed, REFERENCE_TARGETS: `${first}:${references.port}` },
  })
  opening.defer(() => agent.kill())
  const id = await createMonitor(alice, {
    name: 'crowd-0',
    target: `http://${first}:${target.port}/`,
    regions: [REGION],
    intervalSeconds: INTERVAL_SECONDS,
    timeoutMs: 2_000,
  })
  await seenAs(alice, id, 'UP', MINUTE_MS)
  await multiplyFirst(stage.database.pool, `http://{host}:${target.port}/{name}`, MONITORS - 1)
  await spread(stage, uplink.addresses)
  await everybodyIs(stage, 'UP', 0)
  const open = opening.move()
  return { stage, agent, uplink, toPharos, [Symbol.asyncDispose]: () => open.disposeAsync() }
}

const ANY_ADDRESS = { host: '0.0.0.0' }

/** Over all addresses: hosts that have nothing to do with each other. */
async function spread({ database }: Stage, addresses: string[]): Promise<void> {
  await database.pool.query(
    `UPDATE monitors m SET updated_at = now(),
       target = replace(m.target, '{host}', ($1::text[])[n.place % array_length($1, 1) + 1])
     FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM monitors) n
     WHERE n.id = m.id`,
    [addresses],
  )
}

/** By a check of its own, begun after an instant. */
async function everybodyIs({ database }: Stage, status: string, afterMs: number): Promise<void> {
  await eventually(
    `everybody is ${status}`,
    async () => {
      const { rows } = await database.pool.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM monitors m WHERE m.status::text = $1
           AND EXISTS (SELECT FROM checks c WHERE c.monitor_id = m.id
             AND c.checked_at > to_timestamp($2 / 1000.0) AND c.outcome::text = $1)`,
        [status, afterMs],
      )
      return rows[0]!.count === MONITORS
    },
    2 * MINUTE_MS,
  )
}

async function incidentsOf({ database }: Stage): Promise<number> {
  const { rowCount } = await database.pool.query('SELECT FROM incidents')
  return rowCount ?? 0
}

async function noticesOf({ database }: Stage) {
  const { rows } = await database.pool.query<{ kind: string; region: string; isOpen: boolean }>(
    'SELECT kind, region, resolved_at IS NULL AS "isOpen" FROM notices',
  )
  return rows
}

async function tell({ database }: Stage, goneAt: number, backAt: number): Promise<void> {
  if (!full) return
  const { rows } = await database.pool.query<{ outcome: string; checks: number }>(
    `SELECT outcome, count(*)::int AS checks FROM checks
     WHERE checked_at BETWEEN to_timestamp($1 / 1000.0) AND to_timestamp($2 / 1000.0)
     GROUP BY outcome`,
    [goneAt, backAt],
  )
  const checks = rows.map((row) => `${row.checks} ${row.outcome}`).join(', ')
  console.log(`network gone for ${Math.round((backAt - goneAt) / 1_000)} s: ${checks}`)
}
