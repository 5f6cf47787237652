import fc from 'fast-check'
import { LATENESS_BOUND_MS } from '../core/region.ts'
import type { Observation } from '../core/view.ts'

/** A check, and when it reaches whoever decides. */
export type Arrival = { check: Observation; receivedAt: number }

type Seed = {
  slotsLater: number
  isRecheck: boolean
  kind: 'UP' | 'SLOW' | 'DOWN' | 'UNKNOWN'
  ranAfterMs: number
  delaysMs: number[]
}

const seed: fc.Arbitrary<Seed> = fc.record({
  slotsLater: fc.oneof({ weight: 9, arbitrary: fc.constant(1) }, fc.integer({ min: 2, max: 6 })),
  isRecheck: fc.boolean(),
  kind: fc.constantFrom('UP', 'UP', 'SLOW', 'DOWN', 'DOWN', 'UNKNOWN'),
  ranAfterMs: fc.integer({ min: 0, max: 4_000 }),
  // One delivery each: some at once, some late up to the bound, some repeated.
  delaysMs: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: LATENESS_BOUND_MS })), {
    minLength: 1,
    maxLength: 3,
  }),
})

/** What one region delivers of its slots every `intervalMs` from 0: in any order, late within the bound, some of it twice. */
export function arrivals(
  intervalMs: number,
  maxChecks: number,
  size?: fc.Size,
): fc.Arbitrary<Arrival[]> {
  return fc
    .array(seed, { maxLength: maxChecks, size })
    .map((seeds) => inOrderOfArrival(seeds, intervalMs))
}

function inOrderOfArrival(seeds: Seed[], intervalMs: number): Arrival[] {
  let run = { slotAt: -intervalMs, attempt: 0 }
  const delivered = seeds.flatMap(({ slotsLater, isRecheck, kind, ranAfterMs, delaysMs }) => {
    run =
      isRecheck && run.slotAt >= 0 && run.attempt < 5
        ? { ...run, attempt: run.attempt + 1 }
        : { slotAt: run.slotAt + slotsLater * intervalMs, attempt: 0 }
    const at = run.slotAt + run.attempt * 5_000 + ranAfterMs
    const check: Observation = { ...run, at, ...WHAT_IT_SAW[kind] }
    return delaysMs.map((delayMs) => ({ check, receivedAt: Math.max(at, run.slotAt + delayMs) }))
  })
  return delivered.toSorted((a, b) => a.receivedAt - b.receivedAt)
}

const WHAT_IT_SAW = {
  UP: { outcome: 'UP', latencyMs: 100, cause: null },
  SLOW: { outcome: 'UP', latencyMs: 900, cause: null },
  DOWN: { outcome: 'DOWN', latencyMs: null, cause: 'Connection refused' },
  UNKNOWN: { outcome: 'UNKNOWN', latencyMs: null, cause: 'Blocked target' },
} as const
