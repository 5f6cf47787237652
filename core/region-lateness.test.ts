import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Arrival, arrivals } from '../test/arrivals.ts'
import { full } from '../test/size.ts'
import {
  currentVote,
  firstDifferenceAt,
  foldObservation,
  inSuspense,
  isLate,
  LATENESS_BOUND_MS,
  newTrack,
  placeOf,
  rebaseTrack,
  refoldTrack,
  type RegionTrack,
  silenceDueAt,
  silenceTrack,
} from './region.ts'
import { checks, fold, policy, story } from './testing/region.ts'
import type { Observation, RegionPolicy } from './view.ts'

const numRuns = full ? 10_000 : 300

describe('the lateness bound', () => {
  test.each([
    ['just within', LATENESS_BOUND_MS - 1, false],
    ['exactly at', LATENESS_BOUND_MS, false],
    ['just past', LATENESS_BOUND_MS + 1, true],
  ])('%s it', (_, afterMs, late) => {
    expect(isLate({ at: 1_000 }, 1_000 + afterMs)).toBe(late)
  })

  test('a check has its place after the last, before it, or beyond what can be folded', () => {
    const hour = checks('U'.repeat(120))
    const track = fold(hour.filter(({ slotAt }) => slotAt !== 3_000_000))
    expect(placeOf(track, { ...hour[119]!, attempt: 1 })).toBe('NEXT')
    expect(placeOf(track, { ...hour[119]!, slotAt: 3_000_000 })).toBe('WITHIN')
    expect(placeOf(track, { ...hour[119]!, slotAt: 1_000_000 })).toBe('BEYOND')
    expect(placeOf(track, { ...hour[119]!, slotAt: 3_600_000, at: -1 })).toBe('BEYOND')
  })

  test('the base is older than the bound, and not much older than twice', () => {
    const track = fold(checks('UDDDU'.repeat(100)))
    const ageMs = track.view.slotAt - track.base.slotAt
    expect(ageMs).toBeGreaterThan(LATENESS_BOUND_MS)
    expect(ageMs).toBeLessThanOrEqual(2 * LATENESS_BOUND_MS + 60_000)
    expect(track.changes[0]!.at).toBeLessThanOrEqual(track.base.at)
    expect(track.changes[1]!.at).toBeGreaterThan(track.base.at)
  })
})

describe('a story closed by a new policy, a pause or a resume', () => {
  test('is not told again', () => {
    const track = rebaseTrack(fold(checks('UDD')), 61_000)
    expect(placeOf(track, { ...checks('---D')[0]!, at: 60_999 })).toBe('BEYOND')
    expect(story(foldObservation(track, checks('---D')[0]!, policy))).toBe('DOWN@90<30')
  })

  test('leaves the vote fresh from then on, whatever the interval is now', () => {
    const slow = { ...policy, intervalSeconds: 3_600 }
    const hourly = foldObservation(fold(checks('U'), slow), checks('-'.repeat(100) + 'U')[0]!, slow)
    const track = rebaseTrack(hourly, 5_000_000)
    expect(silenceDueAt(track, policy)).toBe(5_070_001)
  })

  test('keeps a silence that was noted', () => {
    const silent = silenceTrack(fold(checks('UDD')), 200_000, policy)
    const track = rebaseTrack(silent, 200_000)
    expect(currentVote(track)).toMatchObject({ vote: 'UNKNOWN', at: 130_000 })
    expect(inSuspense(track)).toBe(false)
  })
})

test('that a track has forgotten its beginning is no difference, though all began in one millisecond', () => {
  const track = fold(checks('U'))
  expect(track.changes.map(({ vote, at }) => [vote, at])).toEqual([
    ['PENDING', 0],
    ['UP', 0],
  ])
  const forgetful = { ...track, changes: track.changes.slice(1) }
  expect(firstDifferenceAt(track, forgetful)).toBeNull()
  expect(firstDifferenceAt(forgetful, track)).toBeNull()
  expect(firstDifferenceAt(newTrack(0), track)).toBe(0)
})

test('whatever the order of arrival within the bound, the story is that of the checks in order', () => {
  const hasty: RegionPolicy = {
    ...policy,
    intervalSeconds: 120,
    failureThreshold: 2,
    slowThreshold: 2,
  }
  fc.assert(
    fc.property(arrivals(120_000, 60), (delivered) => {
      const endAt = (delivered.at(-1)?.receivedAt ?? 0) + 1_000_000
      const [heard, seen] = receive(delivered, hasty)
      const inOrder = fold(seen.toSorted(byPlace), hasty)
      const [told, truth] = [heard, inOrder].map((track) => silenceTrack(track, endAt, hasty))
      expect(firstDifferenceAt(told!, truth!)).toBeNull()
      expect(currentVote(told!)).toEqual(currentVote(truth!))
      expect(told!.view).toEqual(truth!.view)
    }),
    { numRuns },
  )
})

/** As the recording does it: a repeat is dropped, the next is folded, an earlier one makes the region refold. */
function receive(delivered: Arrival[], by: RegionPolicy): [RegionTrack, Observation[]] {
  const stored: Observation[] = []
  let track = newTrack(0)
  for (const { check, receivedAt } of delivered) {
    if (stored.includes(check)) continue
    stored.push(check)
    const place = placeOf(track, check)
    expect(place).not.toBe('BEYOND')
    const folded =
      place === 'NEXT' ? foldObservation(track, check, by) : refoldTrack(track, stored, by)
    track = silenceTrack(folded, receivedAt, by)
  }
  return [track, stored]
}

const byPlace = (a: Observation, b: Observation) => a.slotAt - b.slotAt || a.attempt - b.attempt
