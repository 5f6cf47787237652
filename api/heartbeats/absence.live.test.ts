import { expect, test } from 'vitest'
import { openTestDatabase } from '../../test/database.ts'
import { eventually } from '../../test/eventually.ts'
import { openTestServer } from '../../test/graphql-server.ts'
import { gather } from '../../test/people.ts'
import { signUp, statuses } from '../../test/rig/graphql.ts'
import { openStage, type Stage } from '../../test/rig/stage.ts'
import { keepPartitions } from '../checks/partitions/deeds.ts'
import { bePresent, missDueRuns } from './jobs.ts'
import { notePresence, readAbsence } from './store.ts'

const MINUTE_MS = 60_000
const NOON = Date.parse('2026-11-20T12:00:00Z')
const AWAY_AFTER_MS = 5_000

const CREATE = `mutation ($input: CreateMonitorInput!) {
  createMonitor(input: $input) { monitor { id heartbeat { url } } } }`
type Created = { createMonitor: { monitor: { heartbeat: { url: string } } } }
const job = (heartbeat: object) => ({ input: { name: 'Backup', kind: 'HEARTBEAT', heartbeat } })

test('stopped while a job was due, Pharos mails nobody, and hears it when it calls again', async () => {
  await using stage = await openStage()
  let server = await stage.start()
  const alice = await signUp(() => server.url!, 'alice@pharos.example')
  const { createMonitor } = await alice.ask<Created>(
    CREATE,
    job({ periodSeconds: 60, graceSeconds: 1 }),
  )
  const { pathname } = new URL(createMonitor.monitor.heartbeat.url)
  const call = () => fetch(new URL(pathname, server.url!))
  expect((await call()).status).toBe(200)
  await server.stop()
  await makeItLonger(stage)

  server = await stage.start()
  await eventually('the run is looked at', async () => (await checksOf(stage)).length > 1)
  expect((await checksOf(stage)).slice(0, 2)).toEqual([
    { outcome: 'UP', errorKind: null, message: null },
    {
      outcome: 'UNKNOWN',
      errorKind: 'PROBE_FAILURE',
      message: expect.stringMatching(
        /^Pharos was away from .+ UTC to .+ UTC and may not have heard/,
      ),
    },
  ])
  expect((await call()).status).toBe(200)
  expect([...(await statuses(alice)).values()]).toEqual(['UP'])
  expect(await stage.database.prisma.incident.count()).toBe(0)
  expect(stage.sink.mails).toEqual([])
})

test('while no process can be called nothing is decided; the run after that counts again', async () => {
  let nowMs = Date.now()
  await using server = await openTestServer({ deps: { clock: { now: () => nowMs } } })
  const { deps } = server
  await keepPartitions(deps)
  const { alice } = await gather(server)
  const { data } = await alice.ask(CREATE, job({ periodSeconds: 60, graceSeconds: 10 }))
  const { id, heartbeat } = data.createMonitor.monitor
  const call = () => fetch(server.url + new URL(heartbeat.url).pathname)
  const look = async () => {
    await missDueRuns(deps)
    const asked = await alice.ask('query ($id: ID!) { monitor(id: $id) { status } }', { id })
    return asked.data.monitor.status
  }
  const stay = async (ms: number) => {
    for (const endsAt = nowMs + ms; nowMs < endsAt; nowMs += 2_000) await bePresent(deps)
    await bePresent(deps)
  }
  await stay(2_000)
  await call()
  nowMs += 3 * MINUTE_MS
  expect(await look()).toBe('UP')
  await bePresent(deps)
  expect(await look()).toBe('UNKNOWN')

  await call()
  await stay(68_000)
  expect(await look()).toBe('UP')
  await stay(2_000)
  expect(await look()).toBe('DOWN')
  expect(await server.database.prisma.incident.count()).toBe(1)
})

test.each([
  ['as long as a note may be late', AWAY_AFTER_MS, null],
  ['longer', AWAY_AFTER_MS + 1, { from: NOON, to: NOON + AWAY_AFTER_MS + 1 }],
])('of a pause %s several processes tell alike', async (_, pauseMs, absence) => {
  await using database = await openTestDatabase()
  const note = (atMs: number) => notePresence(database.pool, atMs, AWAY_AFTER_MS)
  await note(NOON)
  await Promise.all([1, 2, 3].map(() => note(NOON + pauseMs)))
  expect(await readAbsence(database.pool)).toEqual(absence)
  // A note that was long on its way takes nothing back.
  await note(NOON)
  await note(NOON + 2 * AWAY_AFTER_MS)
  expect(await readAbsence(database.pool)).toEqual(absence)
})

/** As if it had been stopped a period earlier, less a second. */
async function makeItLonger({ database }: Stage): Promise<void> {
  const { rowCount } = await database.pool.query(
    `WITH awaited AS (
       UPDATE heartbeats SET expected_at = expected_at - $1::interval, due_at = due_at - $1::interval)
     UPDATE progress SET through_at = through_at - $1::interval WHERE name = 'heartbeats_present'`,
    ['59 s'],
  )
  expect(rowCount).toBe(1)
}

function checksOf({ database }: Stage): Promise<object[]> {
  return database.prisma.check.findMany({
    select: { outcome: true, errorKind: true, message: true },
    orderBy: { scheduledAt: 'asc' },
  })
}
