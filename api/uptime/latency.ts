/** Each bucket is 5 % wider than the one before, so that its middle is off by at most √1.05 − 1, 2.47 %. */
const GROWTH = 1.05
const MIN_MS = 0.1
const MAX_MS = 10 * 60_000

/** The largest relative error of a percentile between 0.1 ms and 10 min. */
export const RELATIVE_ERROR = Math.sqrt(GROWTH) - 1

/** Where each bucket but the first begins. The store hands these to SQL, so that both sides cut alike. */
export const BUCKET_STARTS_MS: readonly number[] = Array.from(
  { length: Math.ceil(Math.log(MAX_MS / MIN_MS) / Math.log(GROWTH)) + 1 },
  (_, i) => MIN_MS * GROWTH ** i,
)

/** How often each bucket was met: buckets ascending, counts beside them. Histograms of any windows and regions add up. */
export type Histogram = { buckets: number[]; counts: number[] }

/** 0 is below 0.1 ms; the last bucket holds all of 10 min and more. */
export function bucketOf(latencyMs: number): number {
  // The column is a 4-byte real.
  const kept = Math.fround(latencyMs)
  let [low, high] = [0, BUCKET_STARTS_MS.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (kept < BUCKET_STARTS_MS[middle]!) high = middle
    else low = middle + 1
  }
  return low
}

/** The geometric middle of a bucket, milliseconds. */
export function bucketMidMs(bucket: number): number {
  return MIN_MS * GROWTH ** (bucket - 0.5)
}

export function countOf({ counts }: Histogram): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The nearest-rank percentile, 0 < q ≤ 1, milliseconds; null of nothing. */
export function percentile(histogram: Histogram, q: number): number | null {
  const rank = Math.max(1, Math.ceil(q * countOf(histogram)))
  let seen = 0
  const index = histogram.counts.findIndex((count) => (seen += count) >= rank)
  return index < 0 ? null : bucketMidMs(histogram.buckets[index]!)
}
