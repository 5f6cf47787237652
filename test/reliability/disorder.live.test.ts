import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReportedResult } from '../../api/checks/batch.ts'
import { recordResults } from '../../api/checks/deeds.ts'
import { keepPartitions } from '../../api/checks/partitions/deeds.ts'
import { silenceVotes } from '../../api/monitors/votes/deeds.ts'
import type { Database } from '../../api/platform/database.ts'
import { readEnvironment } from '../../api/platform/environment.ts'
import { createMetrics } from '../../api/platform/metrics.ts'
import { LATENESS_BOUND_MS } from '../../core/region.ts'
import { type Arrival, arrivals } from '../arrivals.ts'
import { openTestDatabase } from '../database.ts'
import {
  halfTold,
  INTERVAL_MS,
  type Planted,
  plantMonitors,
  readStories,
  resultOf,
} from '../rig/plant.ts'
import { tellTime, type ToldTime } from '../rig/told-time.ts'
import { full } from '../size.ts'

/** The pure property of core/region-lateness.test.ts runs ten thousand. */
const SEQUENCES = full ? 2_000 : 30
/** Delivered side by side, as different monitors in the same batches. */
const AT_ONCE = full ? 100 : 10
/** Of one region: enough for several times the bound of lateness. */
const MOST_CHECKS = 80
const MOST_IN_A_BATCH = 200
/** A batch is recorded when the last of it has come; none of it is too late by then. */
const LONGEST_BATCH_MS = 60_000
const TIMEOUT_MS = full ? 3_600_000 : 300_000
const HOUR_MS = 3_600_000

/** Longer than by default: the bound of lateness is to pass several times. */
const delivered = arrivals(INTERVAL_MS, MOST_CHECKS, 'medium')
/** What each of one to three regions delivers. */
const sequence = fc.array(delivered, { minLength: 1, maxLength: 3 })
const sequences = fc.array(sequence, { minLength: AT_ONCE, maxLength: AT_ONCE })
const batchSize = fc.integer({ min: 1, max: MOST_IN_A_BATCH })
/** In turn; with a large one among them, as a thousand small ones would take minutes. */
const batchSizes = fc.array(batchSize, { maxLength: 9 }).map((sizes) => [...sizes, MOST_IN_A_BATCH])

test(
  'late, repeated and reordered results tell the same story as results in order',
  async () => {
    await using database = await openTestDatabase()
    await using told = await tellTime(database)
    await keepPartitions({ database, environment: readEnvironment({}) })

    const totals: Record<string, number> = {}
    const property = async (all: Arrival[][][], sizes: number[]) => {
      const bornAt = Date.now() - HOUR_MS
      const counts = all.map((regions) => regions.length)
      const orderly = await plantMonitors(database, counts, bornAt)
      const disorderly = await plantMonitors(database, counts, bornAt)
      const deliveries = all.flatMap((regions, index) => [
        ...inOrder(orderly[index]!, regions),
        ...asItComes(disorderly[index]!, regions),
      ])
      await deliver(told, deliveries, sizes)
      const stories = await readStories(database.pool, disorderly)
      expect(stories).toEqual(await readStories(database.pool, orderly))
      expect(await halfTold(database.pool)).toEqual([])
      await count(database, totals)
    }
    await fc.assert(fc.asyncProperty(sequences, batchSizes, property), {
      numRuns: SEQUENCES / AT_ONCE,
      // A failure is told as small as it has become by then.
      interruptAfterTimeLimit: TIMEOUT_MS / 2,
      markInterruptAsFailure: true,
    })
    if (full) console.log(`${SEQUENCES} sequences, the same in and out of order:`, totals)
  },
  TIMEOUT_MS,
)

type Delivery = { receivedAt: number; result: ReportedResult }

/** Every check once, each region's in the order of its runs, as soon as it ran. */
function inOrder(planted: Planted, regions: Arrival[][]): Delivery[] {
  return regions.flatMap((arrived, index) => {
    const checks = new Map(
      arrived.map(({ check }) => [`${check.slotAt} ${check.attempt}`, check] as const),
    )
    const ordered = [...checks.values()].toSorted(
      (a, b) => a.slotAt - b.slotAt || a.attempt - b.attempt,
    )
    let ranAt = planted.bornAt
    return ordered.map((check) => {
      ranAt = Math.max(ranAt, planted.bornAt + check.at)
      return { receivedAt: ranAt, result: resultOf(planted, planted.regions[index]!, check) }
    })
  })
}

/** Late within the bound, in any order, some twice. */
function asItComes(planted: Planted, regions: Arrival[][]): Delivery[] {
  const { bornAt } = planted
  return regions.flatMap((arrived, index) =>
    arrived.map(({ check, receivedAt }) => {
      const latestAt = check.slotAt + LATENESS_BOUND_MS - LONGEST_BATCH_MS
      return {
        receivedAt: bornAt + Math.max(check.at, Math.min(receivedAt, latestAt)),
        result: resultOf(planted, planted.regions[index]!, check),
      }
    }),
  )
}

/** In batches, each at its time; silence is looked for all the while. */
async function deliver(told: ToldTime, deliveries: Delivery[], sizes: number[]): Promise<void> {
  const metrics = createMetrics()
  const waiting = deliveries.toSorted((a, b) => a.receivedAt - b.receivedAt)
  const endsAt = (waiting.at(-1)?.receivedAt ?? 0) + HOUR_MS
  for (let nth = 0; waiting.length > 0; nth += 1) {
    const until = waiting[0]!.receivedAt + LONGEST_BATCH_MS
    const ready = waiting.findIndex(({ receivedAt }) => receivedAt > until)
    const most = ready === -1 ? waiting.length : ready
    const batch = waiting.splice(0, Math.min(most, sizes[nth % sizes.length]!))
    await told.setNow(batch.at(-1)!.receivedAt)
    await silenceVotes({ database: told })
    await recordResults(
      { database: told, metrics },
      batch.map(({ result }) => result),
    )
  }
  // By then every region has gone silent, and that is noticed.
  await told.setNow(endsAt)
  await silenceVotes({ database: told })
}

/** Adds to the totals what there is now, and removes it: the next sequences begin on an empty database. */
async function count({ pool }: Database, totals: Record<string, number>): Promise<void> {
  const { rows } = await pool.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM checks) AS checks,
       (SELECT count(*)::int FROM transitions) AS transitions,
       (SELECT count(*)::int FROM transitions WHERE superseded_at IS NOT NULL) AS superseded,
       (SELECT count(*)::int FROM incidents) AS incidents,
       (SELECT count(*)::int FROM incidents WHERE retracted_at IS NOT NULL) AS retracted`,
  )
  for (const [name, number] of Object.entries(rows[0]!)) totals[name] = (totals[name] ?? 0) + number
  await pool.query('TRUNCATE monitors, checks CASCADE')
}
