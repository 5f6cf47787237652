import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestDatabase, type TestDatabase } from '../../test/database.ts'
import { makeWorkspace } from '../../test/monitors.ts'
import { MADE_AT, at, insertChecks, keepPastDay, makeMonitor, type Seen } from '../../test/past.ts'
import { BUCKET_STARTS_MS, bucketOf, countOf, type Histogram } from './latency.ts'
import { rollUpHours } from './rollups/jobs.ts'
import { bucketInSql } from './rollups/store.ts'
import { countChecks, readHistories, readLatencies } from './store.ts'
import { uptimeOf } from './uptime.ts'
import type { Grid } from './window.ts'

const HOUR_MS = 3_600_000

let database: TestDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  await keepPastDay(database)
})
afterAll(() => database.close())

test('the SQL puts every latency into the bucket that TypeScript does', async () => {
  const scattered = Array.from({ length: 5_000 }, (_, i) => 0.05 * 1.0035 ** i)
  const latencies = [...scattered, ...BUCKET_STARTS_MS, 0, 1, 100, 500, 30_000]
  const { rows } = await database.pool.query<{ bucket: number }>(
    `SELECT ${bucketInSql('ms', '$2')} AS bucket
     FROM unnest($1::float4[]) WITH ORDINALITY AS t (ms, i) ORDER BY i`,
    [latencies, BUCKET_STARTS_MS],
  )
  expect(rows.map(({ bucket }) => bucket)).toEqual(latencies.map(bucketOf))
})

describe('histories', () => {
  test('hold the last transition before the window and those within, for many monitors at once', async () => {
    const workspaceId = await makeWorkspace(database)
    const steady = await makeMonitor(database, workspaceId, 'UP@08:00:10')
    const flapping = await makeMonitor(
      database,
      workspaceId,
      'UP@08:00:10 DOWN@08:30:00 UP@09:00:00 DOWN@09:10:00 UP@09:20:00 DOWN@10:00:00',
    )
    const silent = await makeMonitor(database, workspaceId)
    const window = { from: at('09:00:00'), to: at('10:00:00') }
    const histories = await readHistories(
      database.pool,
      { workspaceId, monitorIds: [steady, flapping, silent] },
      window,
    )
    expect(histories.get(steady)?.transitions).toEqual([{ to: 'UP', at: at('08:00:10') }])
    expect(histories.get(flapping)?.transitions).toEqual([
      { to: 'UP', at: at('09:00:00') },
      { to: 'DOWN', at: at('09:10:00') },
      { to: 'UP', at: at('09:20:00') },
    ])
    expect(histories.get(silent)).toEqual({ createdAt: MADE_AT, transitions: [], maintenance: [] })
    const uptime = uptimeOf(histories.get(flapping)!, window, at('12:00:00'))
    expect(uptime).toMatchObject({ upMs: 3_000_000, downMs: 600_000, unknownMs: 0 })
  })

  test('leave out what was superseded', async () => {
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId, 'UP@08:00:10 DOWN@09:10:00')
    await database.pool.query(
      `UPDATE transitions SET superseded_at = now() WHERE monitor_id = $1 AND to_status = 'DOWN'`,
      [id],
    )
    const window = { from: at('09:00:00'), to: at('10:00:00') }
    const monitors = { workspaceId, monitorIds: [id] }
    const histories = await readHistories(database.pool, monitors, window)
    expect(histories.get(id)?.transitions.map(({ to }) => to)).toEqual(['UP'])
  })

  test('of another workspace are not found', async () => {
    const id = await makeMonitor(database, await makeWorkspace(database), 'UP@08:00:10')
    const monitors = { workspaceId: await makeWorkspace(database), monitorIds: [id] }
    const window = { from: at('09:00:00'), to: at('10:00:00') }
    expect(await readHistories(database.pool, monitors, window)).toEqual(new Map())
  })
})

describe('rolling up', () => {
  test('closes an hour 20 minutes after its end, once, however many processes do it', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    const up = [100, 100, 200, 5_000]
    await insertChecks(
      database,
      workspaceId,
      id,
      at('09:00:00'),
      up.map((ms) => ['UP', ms]),
    )
    await insertChecks(database, workspaceId, id, at('09:30:00'), [
      ['DOWN', 80],
      ['UNKNOWN', null],
    ])
    await insertChecks(database, workspaceId, id, at('09:40:00'), [['UP', 7]], { isLate: true })

    expect(await rollUpAt(at('10:19:59.999'))).toBe(0)
    const hours = await Promise.all([rollUpAt(at('10:20:00')), rollUpAt(at('10:20:00'))])
    expect(hours.toSorted()).toEqual([0, 1])
    expect(await rollUpAt(at('10:20:00'))).toBe(0)
    expect(await readRollups(id)).toEqual([
      {
        hourAt: new Date(at('09:00:00')),
        upCount: 4,
        downCount: 1,
        unknownCount: 1,
        ...histogramOf(up),
      },
    ])
  })

  test('catches up hour by hour, over hours without checks too', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    await insertChecks(database, workspaceId, id, at('08:59:00'), [['UP', 10]])
    await insertChecks(database, workspaceId, id, at('12:01:00'), [['UP', 20]])
    expect(await rollUpAt(at('14:30:00'))).toBe(6)
    expect((await readRollups(id)).map(({ hourAt }) => hourAt.getTime())).toEqual([
      at('08:00:00'),
      at('12:00:00'),
    ])
  })

  test('does nothing before the first check ever', async () => {
    await startAfresh()
    expect(await rollUpAt(at('14:30:00'))).toBe(0)
  })
})

describe('latencies', () => {
  const hourly: Grid = {
    from: at('08:00:00'),
    to: at('12:30:00'),
    pointMs: 2 * HOUR_MS,
    points: 3,
    source: 'ROLLUPS',
  }

  test('are those of all checks, whichever hours are rolled up', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    const other = await makeMonitor(database, workspaceId)
    const early = [10, 20, 30]
    const late = [40, 50, 60, 70]
    await insertChecks(
      database,
      workspaceId,
      id,
      at('08:59:00'),
      early.map((ms) => ['UP', ms]),
    )
    await insertChecks(
      database,
      workspaceId,
      id,
      at('09:01:00'),
      early.map((ms) => ['UP', ms]),
      { region: 'apac' },
    )
    await insertChecks(database, workspaceId, id, at('12:01:00'), [
      ...late.map((ms): Seen => ['UP', ms]),
      ['DOWN', 9],
    ])
    await insertChecks(database, workspaceId, other, at('10:00:00'), [['UP', 1]])
    const read = async () => {
      const monitors = { workspaceId, monitorIds: [id, other] }
      const rows = await readLatencies(database.pool, monitors, hourly)
      return rows.toSorted((a, b) => a.point - b.point)
    }

    const fromChecks = await read()
    expect(fromChecks).toEqual([
      { monitorId: id, point: 0, ...histogramOf([...early, ...early]) },
      { monitorId: other, point: 1, ...histogramOf([1]) },
      { monitorId: id, point: 2, ...histogramOf(late) },
    ])
    expect(await rollUpAt(at('10:20:00'))).toBe(2)
    expect(await read()).toEqual(fromChecks)
    expect(await rollUpAt(at('13:20:00'))).toBe(3)
    expect(await read()).toEqual(fromChecks)
    await database.pool.query('DELETE FROM checks')
    expect(await read()).toEqual(fromChecks)
  })

  test('finer than hours are read from the checks, rolled up or not', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    await insertChecks(database, workspaceId, id, at('08:10:00'), [['UP', 10]])
    await insertChecks(database, workspaceId, id, at('08:50:00'), [['UP', 20]])
    await rollUpAt(at('12:00:00'))
    const rows = await readLatencies(
      database.pool,
      { workspaceId, monitorIds: [id] },
      {
        from: at('08:00:00'),
        to: at('09:00:00'),
        pointMs: HOUR_MS / 4,
        points: 4,
        source: 'CHECKS',
      },
    )
    expect(rows.map(({ point, counts }) => [point, countOf({ buckets: [], counts })])).toEqual([
      [0, 1],
      [3, 1],
    ])
  })

  test('of another workspace are not found', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    await insertChecks(database, workspaceId, id, at('08:10:00'), [['UP', 10]])
    const stranger = { workspaceId: await makeWorkspace(database), monitorIds: [id] }
    expect(await readLatencies(database.pool, stranger, hourly)).toEqual([])
    await rollUpAt(at('12:00:00'))
    expect(await readLatencies(database.pool, stranger, hourly)).toEqual([])
  })
})

describe('counts', () => {
  const read = async (workspaceId: string, monitorIds: string[]) => {
    const windows = [
      { from: at('08:00:00'), to: at('13:00:00') },
      { from: at('09:00:00'), to: at('10:00:00') },
    ].flatMap((window) => monitorIds.map((monitorId) => ({ monitorId, ...window })))
    return countChecks(database.pool, workspaceId, windows)
  }

  test('are those of all checks, whichever hours are rolled up', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    const other = await makeMonitor(database, workspaceId)
    const mixed: Seen[] = [
      ['UP', 5],
      ['DOWN', null],
      ['UNKNOWN', null],
    ]
    await insertChecks(database, workspaceId, id, at('08:59:59'), [['UP', 1]])
    await insertChecks(database, workspaceId, id, at('09:00:00'), mixed)
    await insertChecks(database, workspaceId, id, at('09:59:59'), mixed, { region: 'apac' })
    await insertChecks(database, workspaceId, id, at('09:30:00'), [['DOWN', 1]], { isLate: true })
    await insertChecks(database, workspaceId, id, at('12:59:59'), [['DOWN', null]])
    await insertChecks(database, workspaceId, id, at('13:00:00'), [['UP', 1]])
    await insertChecks(database, workspaceId, other, at('12:00:00'), [['UP', 1]])
    const expected = [
      { up: 3, down: 3, unknown: 2 },
      { up: 1, down: 0, unknown: 0 },
      { up: 2, down: 2, unknown: 2 },
      { up: 0, down: 0, unknown: 0 },
    ]

    expect(await read(workspaceId, [id, other])).toEqual(expected)
    expect(await rollUpAt(at('10:20:00'))).toBe(2)
    expect(await read(workspaceId, [id, other])).toEqual(expected)
    expect(await rollUpAt(at('14:20:00'))).toBe(4)
    await database.pool.query('DELETE FROM checks')
    expect(await read(workspaceId, [id, other])).toEqual(expected)
  })

  test('of another workspace are none', async () => {
    await startAfresh()
    const workspaceId = await makeWorkspace(database)
    const id = await makeMonitor(database, workspaceId)
    await insertChecks(database, workspaceId, id, at('09:10:00'), [['UP', 10]])
    const stranger = await makeWorkspace(database)
    const none = { up: 0, down: 0, unknown: 0 }
    expect(await read(stranger, [id])).toEqual([none, none])
    await rollUpAt(at('12:00:00'))
    expect(await read(stranger, [id])).toEqual([none, none])
  })
})

function rollUpAt(nowMs: number): Promise<number> {
  return rollUpHours({ database, clock: { now: () => nowMs } })
}

async function startAfresh(): Promise<void> {
  await database.pool.query('TRUNCATE checks, check_rollups, progress')
}

async function readRollups(monitorId: string) {
  const { rows } = await database.pool.query<{ hourAt: Date } & Histogram>(
    `SELECT hour_at AS "hourAt", up_count AS "upCount", down_count AS "downCount",
       unknown_count AS "unknownCount", buckets, bucket_counts AS counts
     FROM check_rollups WHERE monitor_id = $1 ORDER BY hour_at`,
    [monitorId],
  )
  return rows
}

function histogramOf(latencies: number[]): Histogram {
  const byBucket = [...Map.groupBy(latencies, bucketOf)].toSorted(([a], [b]) => a - b)
  return {
    buckets: byBucket.map(([bucket]) => bucket),
    counts: byBucket.map(([, met]) => met.length),
  }
}
