import { expect, test } from 'vitest'
import { digestLanes } from '../../api/alerts/digests/jobs.ts'
import { alertLanes } from '../../api/alerts/jobs.ts'
import { type Recorder, startRecorder } from '../../api/checks/jobs.ts'
import { keepPartitions } from '../../api/checks/partitions/deeds.ts'
import { startDispatcher } from '../../api/outbox/jobs.ts'
import type { Database } from '../../api/platform/database.ts'
import { addChannel } from '../channels.ts'
import { openTestDatabase } from '../database.ts'
import { testDeps } from '../deps.ts'
import { eventually } from '../eventually.ts'
import { startReceiver } from '../receivers/receiver.ts'
import { INTERVAL_MS, type Planted, plantMonitors, resultOf } from '../rig/plant.ts'
import { full } from '../size.ts'
import { type SmtpSink, startSmtpSink } from '../smtp-sink.ts'

const MONITORS = full ? 10_000 : 300
const WORKSPACES = full ? 50 : 5
const QUIET = full ? 10 : 3
const COMMITTED_WITHIN_MS = 60_000
const TOLD_WITHIN_MS = 60_000
const TIMEOUT_MS = full ? 600_000 : 120_000
/** One by one, before a digest is opened. */
const SINGLES = 5

const CAUSE = 'Connection refused'

test(
  'thousands that fail at once: every incident is there, everybody is named, and who had quiet is told as ever',
  async () => {
    await using database = await openTestDatabase()
    const sink = await startSmtpSink()
    const deps = testDeps(database, { SMTP_URL: sink.url })
    await keepPartitions(deps)
    const stormy = await plantWorkspaces(database, WORKSPACES, MONITORS / WORKSPACES, 'stormy')
    const quiet = await plantWorkspaces(database, QUIET, 1, 'quiet')
    const recorder = startRecorder(deps)
    const dispatcher = startDispatcher(deps, [...alertLanes, ...digestLanes])

    const from = performance.now()
    fail(recorder, [...stormy, ...quiet])
    await eventually(
      'every incident is committed',
      async () => (await database.prisma.incident.count()) === MONITORS + QUIET,
      COMMITTED_WITHIN_MS,
    )
    const committedMs = Math.round(performance.now() - from)
    await eventually('who had quiet is told', () => told(sink, 'quiet') === QUIET, TOLD_WITHIN_MS)
    const quietMs = Math.round(performance.now() - from)
    const inDigests = await database.prisma.alert.count({ where: { digestId: { not: null } } })
    expect(inDigests).toBe(MONITORS - WORKSPACES * SINGLES)
    await database.pool.query('UPDATE digests SET next_attempt_at = now()')
    await eventually(
      'everything is told',
      async () => (await database.prisma.alert.count({ where: { status: 'PENDING' } })) === 0,
      TOLD_WITHIN_MS,
    )
    const toldMs = Math.round(performance.now() - from)
    await recorder.stop()
    await dispatcher.stop()
    await sink.close()

    const named = new Set(sink.mails.flatMap(({ raw }) => namesIn(raw)))
    expect([...stormy, ...quiet].filter(({ monitorId }) => !named.has(`m${monitorId}`))).toEqual([])
    expect(sink.mails).toHaveLength(WORKSPACES * (SINGLES + 1) + QUIET)
    console.info(
      `R10: ${MONITORS} monitors of ${WORKSPACES} workspaces failed: incidents after ${committedMs} ms, ` +
        `quiet workspaces told after ${quietMs} ms, all told by ${sink.mails.length} mails after ${toldMs} ms`,
    )
  },
  TIMEOUT_MS,
)

/** More than a batch of the recorder. */
const IN_ONE = full ? 10_000 : 1_000
/** Incidents of half a batch, which was under way, and of the quarter of one that goes with the others'. */
const DECIDED_BEFORE = 500 + 125
/** Of the storm's posts, while the first of everybody else's is under way. */
const POSTED_BEFORE = 50

test(
  'thousands that fail in one workspace: nobody else waits for their decisions, nor for their posts',
  async () => {
    await using database = await openTestDatabase()
    await using receiver = await startReceiver(() => ({ status: 204 }))
    const deps = testDeps(database, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
    await keepPartitions(deps)
    const stormy = await plantWorkspaces(database, 1, IN_ONE, 'stormy')
    const quiet = await plantWorkspaces(database, QUIET, 1, 'quiet')
    for (const { id, name } of await database.prisma.workspace.findMany())
      await addChannel(deps, id, { name, webhook: { url: `${receiver.url}/${id}` } })
    const recorder = startRecorder(deps)
    const from = performance.now()
    fail(recorder, [...stormy, ...quiet])
    const ofQuiet = { monitorId: { in: quiet.map(({ monitorId }) => monitorId) } }
    await eventually(
      'who had quiet has its incidents',
      async () => (await database.prisma.incident.count({ where: ofQuiet })) === QUIET,
      COMMITTED_WITHIN_MS,
    )
    const quietMs = Math.round(performance.now() - from)
    await recorder.stop()
    const stormMs = Math.round(performance.now() - from)
    const decidedBefore = await countBefore(database, quiet)
    expect(await database.prisma.incident.count()).toBe(IN_ONE + QUIET)
    expect(decidedBefore).toBeLessThanOrEqual(DECIDED_BEFORE)

    const dispatcher = startDispatcher(deps, alertLanes)
    const homes = () => receiver.received.map(({ path }) => path.slice(1))
    const places = await eventually('who had quiet is told', () => {
      const found = quiet.map(({ workspaceId }) => homes().indexOf(workspaceId))
      return found.every((place) => place >= 0) && found
    })
    await dispatcher.stop()
    expect(Math.max(...places)).toBeLessThan(POSTED_BEFORE)
    console.info(
      `R10: ${IN_ONE} monitors of one workspace failed: it was decided within ${stormMs} ms, of ${QUIET} others ` +
        `within ${quietMs} ms, after ${decidedBefore} incidents of it and ${Math.max(...places)} posts at most`,
    )
  },
  TIMEOUT_MS,
)

/** How many incidents of others were announced before the last of these monitors'. */
async function countBefore({ pool }: Database, planted: Planted[]): Promise<number> {
  const { rows } = await pool.query<{ before: number }>(
    `SELECT count(*)::int AS before FROM changes
     WHERE kind = 'INCIDENT' AND action = 'CREATED' AND monitor_id <> ALL ($1::uuid[])
       AND at < (SELECT max(at) FROM changes WHERE kind = 'INCIDENT' AND monitor_id = ANY ($1))`,
    [planted.map(({ monitorId }) => monitorId)],
  )
  return rows[0]!.before
}

function fail(recorder: Recorder, planted: Planted[]): void {
  for (const monitor of planted)
    for (const result of failure(monitor)) recorder.add(monitor.workspaceId, result)
}

const NAME = /m[\da-f]{8}-[\da-f]{4}-7[\da-f-]{21}/g

/** Each with one mailbox, and monitors named after their ids. */
async function plantWorkspaces(
  database: Database,
  workspaces: number,
  monitors: number,
  mood: 'stormy' | 'quiet',
): Promise<Planted[]> {
  const bornAt = Date.now() - 2 * INTERVAL_MS
  const regionCounts = Array.from({ length: monitors }, () => 1)
  const planted: Planted[] = []
  for (let workspace = 0; workspace < workspaces; workspace += 1) {
    const mailbox = `${mood}-${workspace}@pharos.example`
    planted.push(...(await plantMonitors(database, regionCounts, bornAt, mailbox)))
  }
  await database.pool.query(`UPDATE monitors SET name = 'm' || id`)
  return planted
}

/** As many failures as it takes. */
function failure(planted: Planted) {
  return [0, INTERVAL_MS].map((slotAt) => {
    const seen = { slotAt, attempt: 0, at: slotAt, outcome: 'DOWN', latencyMs: null } as const
    return resultOf(planted, 'local', { ...seen, cause: CAUSE })
  })
}

/** Lines of a mail may be broken anywhere. */
function namesIn(raw: Buffer): string[] {
  return String(raw).replaceAll('=\r\n', '').match(NAME) ?? []
}

function told({ mails }: SmtpSink, mood: 'stormy' | 'quiet'): number {
  return mails.filter(({ recipient }) => recipient.startsWith(mood)).length
}
