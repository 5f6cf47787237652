import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ReportedResult } from '../../api/checks/batch.ts'
import { recordResults } from '../../api/checks/deeds.ts'
import { keepPartitions } from '../../api/checks/partitions/deeds.ts'
import type { Deps } from '../../api/deps.ts'
import { readEnvironment } from '../../api/platform/environment.ts'
import { createMetrics } from '../../api/platform/metrics.ts'
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
import { full } from '../size.ts'

const SEQUENCES = full ? 10_000 : 30
/** Delivered side by side, as different monitors in the same batches. */
const AT_ONCE = full ? 50 : 10
const MOST_CHECKS = 24
const MOST_IN_A_BATCH = 5
const TIMEOUT_MS = full ? 3_600_000 : 60_000

/** What each of one to three regions delivers, and how many results of them come at a time, in turn. */
type Sequence = { regions: Arrival[][]; batchSizes: number[] }

const sequence: fc.Arbitrary<Sequence> = fc.record({
  regions: fc.array(arrivals(INTERVAL_MS, MOST_CHECKS), { minLength: 1, maxLength: 3 }),
  batchSizes: fc.array(fc.integer({ min: 1, max: MOST_IN_A_BATCH }), {
    minLength: 1,
    maxLength: 7,
  }),
})

test(
  'late, repeated and reordered results tell the same story as results in order',
  async () => {
    await using database = await openTestDatabase()
    const deps = { database, metrics: createMetrics(), environment: readEnvironment({}) }
    await keepPartitions(deps)
    let told = 0

    const property = async (sequences: Sequence[]) => {
      const plant = () =>
        plantMonitors(
          database,
          sequences.map(({ regions }) => regions.length),
        )
      const [orderly, disorderly] = [await plant(), await plant()]
      await deliver(
        deps,
        sequences.map((one, index) => inOrder(orderly[index]!, one)),
      )
      await deliver(
        deps,
        sequences.map((one, index) => asItComes(disorderly[index]!, one)),
      )

      const { pool } = database
      expect(await readStories(pool, disorderly)).toEqual(await readStories(pool, orderly))
      expect(await halfTold(pool)).toEqual([])
      told += sequences.length
    }
    const many = fc.array(sequence, { minLength: AT_ONCE, maxLength: AT_ONCE })
    await fc.assert(fc.asyncProperty(many, property), { numRuns: SEQUENCES / AT_ONCE })
    if (full) console.log(`${told} random sequences told the same story in and out of order`)
  },
  TIMEOUT_MS,
)

/** Each monitor's batches one after the other, the first ones of all monitors together, then the second ones. */
async function deliver(
  deps: Pick<Deps, 'database' | 'metrics'>,
  deliveries: ReportedResult[][][],
): Promise<void> {
  const most = Math.max(...deliveries.map((batches) => batches.length))
  for (let nth = 0; nth < most; nth += 1) {
    await recordResults(
      deps,
      deliveries.flatMap((batches) => batches[nth] ?? []),
    )
  }
}

/** Every check once, each region's in the order of its runs, one at a time. */
function inOrder(planted: Planted, { regions }: Sequence): ReportedResult[][] {
  return regions.flatMap((arrived, index) => {
    const results = arrived.flatMap(
      ({ check }) => resultOf(planted, planted.regions[index]!, check) ?? [],
    )
    const unique = new Map(
      results.map((result) => [`${result.scheduledAt} ${result.attempt}`, result]),
    )
    return [...unique.values()]
      .toSorted((a, b) => a.scheduledAt - b.scheduledAt || a.attempt - b.attempt)
      .map((result) => [result])
  })
}

/** In the order of arrival over all regions, in batches. */
function asItComes(planted: Planted, { regions, batchSizes }: Sequence): ReportedResult[][] {
  const arrived = regions
    .flatMap((ofRegion, index) =>
      ofRegion.map((arrival) => ({ ...arrival, region: planted.regions[index]! })),
    )
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
  const results = arrived.flatMap(({ region, check }) => resultOf(planted, region, check) ?? [])
  const batches: ReportedResult[][] = []
  while (results.length > 0) {
    batches.push(results.splice(0, batchSizes[batches.length % batchSizes.length]))
  }
  return batches
}
