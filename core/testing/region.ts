import { foldObservation, newTrack, type RegionTrack, voteChanges } from '../region.ts'
import type { Observation, RegionPolicy } from '../view.ts'

// A vote is fresh for 70 s.
export const policy: RegionPolicy = {
  failureThreshold: 3,
  recoveryThreshold: 1,
  latencyThresholdMs: 500,
  slowThreshold: 3,
  normalThreshold: 2,
  intervalSeconds: 30,
  timeoutMs: 10_000,
}

const LATENCY = { U: 100, E: 500, S: 501 } as const

/** U up, E up at exactly the latency threshold, S slow, D down, ? unknown, - no check: one every 30 s from 0. */
export function checks(letters: string): Observation[] {
  return letters.split('').flatMap((letter, index) => {
    if (letter === '-') return []
    const slotAt = index * 30_000
    const outcome = letter === 'D' ? 'DOWN' : letter === '?' ? 'UNKNOWN' : 'UP'
    const latencyMs = letter in LATENCY ? LATENCY[letter as keyof typeof LATENCY] : null
    const cause = { UP: null, DOWN: 'Connection refused', UNKNOWN: 'Blocked target' }[outcome]
    return [{ slotAt, attempt: 0, at: slotAt, outcome, latencyMs, cause } as const]
  })
}

export function fold(observations: Observation[], by = policy): RegionTrack {
  return observations.reduce((track, seen) => foldObservation(track, seen, by), newTrack(0))
}

/** "DOWN@90<30" reads: known to be DOWN at 90 s, since 30 s. */
export function story(track: RegionTrack): string {
  return voteChanges(track)
    .slice(1)
    .map(({ vote, at, since }) =>
      at === since ? `${vote}@${at / 1000}` : `${vote}@${at / 1000}<${since / 1000}`,
    )
    .join(' ')
}

export type Row = [
  sentence: string,
  letters: string,
  changes: string,
  override?: Partial<RegionPolicy>,
]
