import fc from 'fast-check'
import { expect, test } from 'vitest'
import { full } from '../../test/size.ts'
import {
  BUCKET_STARTS_MS,
  RELATIVE_ERROR,
  bucketMidMs,
  bucketOf,
  percentile,
  type Histogram,
} from './latency.ts'

const numRuns = full ? 10_000 : 300

function histogramOf(latencies: number[]): Histogram {
  const byBucket = [...Map.groupBy(latencies, bucketOf)].toSorted(([a], [b]) => a - b)
  return {
    buckets: byBucket.map(([bucket]) => bucket),
    counts: byBucket.map(([, met]) => met.length),
  }
}

test('the bound is under 2.5 %', () => {
  expect(RELATIVE_ERROR).toBeLessThan(0.025)
})

test.each([
  ['below the first start', 0.05, 0],
  ['just below 0.1 ms', 0.0999, 0],
  ['just above 0.1 ms', 0.1001, 1],
  ['at 10 min', 600_000, BUCKET_STARTS_MS.length - 1],
  ['far beyond', 6_000_000, BUCKET_STARTS_MS.length],
])('%s, %d ms is in bucket %d', (_, ms, bucket) => {
  expect(bucketOf(ms)).toBe(bucket)
})

test('buckets fit a smallint', () => {
  expect(BUCKET_STARTS_MS.length).toBeLessThan(32_767)
})

test('percentiles of one check are that check, of none null', () => {
  expect(percentile(histogramOf([]), 0.5)).toBeNull()
  for (const q of [0.01, 0.5, 0.99, 1]) {
    expect(percentile(histogramOf([100]), q)).toBe(bucketMidMs(bucketOf(100)))
  }
})

const latency = fc.double({ min: 0.1001, max: 599_999, noNaN: true })
const latencies = fc.array(latency, { minLength: 1, maxLength: 200 })

test('a percentile is off by at most the bound', () => {
  fc.assert(
    fc.property(latencies, fc.constantFrom(0.5, 0.95, 0.99, 1), (values, q) => {
      const sorted = values.toSorted((a, b) => a - b)
      const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!
      const told = percentile(histogramOf(values), q)!
      // The 4-byte real that is kept adds a part in ten million.
      expect(Math.abs(told - exact) / exact).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-6)
    }),
    { numRuns },
  )
})
