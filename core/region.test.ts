import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrivals, type Arrival } from '../test/arrivals.ts'
import { full } from '../test/size.ts'
import {
  LATENESS_BOUND_MS,
  currentVote,
  firstDifferenceAt,
  foldObservation,
  inSuspense,
  isLate,
  newTrack,
  placeOf,
  rebaseTrack,
  refoldTrack,
  silenceDueAt,
  silenceTrack,
  voteChanges,
  type RegionTrack,
} from './region.ts'
import type { Observation, RegionPolicy } from './view.ts'

const numRuns = full ? 10_000 : 300

// A vote is fresh for 70 s.
const policy: RegionPolicy = {
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
function checks(letters: string): Observation[] {
  return letters.split('').flatMap((letter, index) => {
    if (letter === '-') return []
    const slotAt = index * 30_000
    const outcome = letter === 'D' ? 'DOWN' : letter === '?' ? 'UNKNOWN' : 'UP'
    const latencyMs = letter in LATENCY ? LATENCY[letter as keyof typeof LATENCY] : null
    const cause = { UP: null, DOWN: 'Connection refused', UNKNOWN: 'Blocked target' }[outcome]
    return [{ slotAt, attempt: 0, at: slotAt, outcome, latencyMs, cause } as const]
  })
}

function fold(observations: Observation[], by = policy): RegionTrack {
  return observations.reduce((track, seen) => foldObservation(track, seen, by), newTrack(0))
}

/** "DOWN@90<30" reads: known to be DOWN at 90 s, since 30 s. */
function story(track: RegionTrack): string {
  return voteChanges(track)
    .slice(1)
    .map(({ vote, at, since }) =>
      at === since ? `${vote}@${at / 1000}` : `${vote}@${at / 1000}<${since / 1000}`,
    )
    .join(' ')
}

type Row = [sentence: string, letters: string, changes: string, override?: Partial<RegionPolicy>]

describe('reachability', () => {
  const rows: Row[] = [
    ['nothing is said before the first check', '', ''],
    ['the first success is believed at once', 'U', 'UP@0'],
    ['... also where recovery needs more', 'U', 'UP@0', { recoveryThreshold: 3 }],
    ['one failure less than the threshold confirms nothing', 'UDD', 'UP@0'],
    ['the threshold confirms, dated from the first failure', 'UDDD', 'UP@0 DOWN@90<30'],
    ['more failures change nothing', 'UDDDD', 'UP@0 DOWN@90<30'],
    ['a success in between starts the count anew', 'UDDUDD', 'UP@0'],
    ['a new monitor that fails is DOWN from its first check', 'DDD', 'DOWN@60<0'],
    ['a threshold of one confirms at once', 'UD', 'UP@0 DOWN@30', { failureThreshold: 1 }],
    ['one success recovers', 'DDDU', 'DOWN@60<0 UP@90'],
    [
      'a single success is not enough where two are asked',
      'DDDU',
      'DOWN@60<0',
      { recoveryThreshold: 2 },
    ],
    [
      'two are, dated from the first of them',
      'DDDUU',
      'DOWN@60<0 UP@120<90',
      { recoveryThreshold: 2 },
    ],
    [
      'a failure in between starts the recovery anew',
      'DDDUDUU',
      'DOWN@60<0 UP@180<150',
      { recoveryThreshold: 2 },
    ],
  ]
  test.each(rows)('%s: %s', (_, letters, changes, override) => {
    expect(story(fold(checks(letters), { ...policy, ...override }))).toBe(changes)
  })
})

describe('slowness', () => {
  const rows: Row[] = [
    ['equality with the threshold is not slow', 'UEEE', 'UP@0'],
    ['one slow check less than the threshold says nothing', 'USS', 'UP@0'],
    ['the threshold confirms, dated from the first slow one', 'USSS', 'UP@0 SLOW@90<30'],
    ['a normal check in between starts the count anew', 'USSUSS', 'UP@0'],
    ['one normal check does not clear it', 'USSSU', 'UP@0 SLOW@90<30'],
    ['two do, dated from the first of them', 'USSSUU', 'UP@0 SLOW@90<30 UP@150<120'],
    ['a failed check breaks the slow streak', 'USSDSS', 'UP@0'],
    ['... and the normal one', 'USSSUDU', 'UP@0 SLOW@90<30'],
    [
      'DOWN goes over SLOW, and SLOW is kept beneath it',
      'SSSDDDU',
      'UP@0 SLOW@60<0 DOWN@150<90 SLOW@180',
    ],
    ['an UNKNOWN check neither breaks nor advances the streak', 'US?SS', 'UP@0 SLOW@120<30'],
    ['no threshold, never slow', 'SSSS', 'UP@0', { latencyThresholdMs: null }],
  ]
  test.each(rows)('%s: %s', (_, letters, changes, override) => {
    expect(story(fold(checks(letters), { ...policy, ...override }))).toBe(changes)
  })

  test('a latency threshold taken away clears the verdict at the next check', () => {
    const slow = fold(checks('SSS'))
    const next = foldObservation(slow, checks('---S')[0]!, { ...policy, latencyThresholdMs: null })
    expect(currentVote(next)).toMatchObject({ vote: 'UP', reason: 'no latency threshold any more' })
  })
})

describe('what holds from before its check', () => {
  const missed = (since: number): Observation => ({ ...checks('-D')[0]!, since })
  const atOnce = { ...policy, failureThreshold: 1 }

  test.each([
    ['is dated from there, and known since the check', 20_000, 'UP@0 DOWN@30<20'],
    ['is never dated after its check', 40_000, 'UP@0 DOWN@30'],
  ])('%s', (_, since, changes) => {
    const observations = [...checks('U'), missed(since)]
    const track = fold(observations, atOnce)
    expect(story(track)).toBe(changes)
    expect(refoldTrack(track, observations, atOnce)).toEqual(track)
  })
})

describe('what cannot be told', () => {
  const rows: Row[] = [
    ['UNKNOWN checks below the failure threshold say nothing', '??', ''],
    ['at the threshold the vote is UNKNOWN', '???', 'UNKNOWN@60<0'],
    ['they do not keep a vote fresh', 'U???', 'UP@0 UNKNOWN@70'],
    ['... and are no failures', 'UDD?', 'UP@0'],
    ['a failure is counted across one that tells nothing', 'UDD?D', 'UP@0 DOWN@120<30'],
    ['a success breaks the row of them', '??U??', 'UP@60'],
    ['one slot without a check keeps the vote', 'U-U', 'UP@0'],
    ['silence shows when the next check comes', 'U----U', 'UP@0 UNKNOWN@70 UP@150'],
    ['after silence a failure proves nothing alone', 'U----D', 'UP@0 UNKNOWN@70'],
    ['... but the threshold does', 'U----DDD', 'UP@0 UNKNOWN@70 DOWN@210<150'],
    ['failures from before the silence do not count', 'UDD---D', 'UP@0 UNKNOWN@130'],
    ['still failing after silence is DOWN at once', 'DDD---D', 'DOWN@60<0 UNKNOWN@130 DOWN@180'],
    ['recovered in the silence is UP at once', 'DDD---U', 'DOWN@60<0 UNKNOWN@130 UP@180'],
    ['slow before the silence is slow after it', 'SSS---U', 'UP@0 SLOW@60<0 UNKNOWN@130 SLOW@180'],
    ['nobody watched the failure before a second silence', 'U---D---DD', 'UP@0 UNKNOWN@70'],
  ]
  test.each(rows)('%s: %s', (_, letters, changes) => {
    expect(story(fold(checks(letters)))).toBe(changes)
  })

  test.each([
    ['just before freshness ends', 69_999, 'UP'],
    ['as it ends', 70_000, 'UP'],
    ['just after', 70_001, 'UNKNOWN'],
  ])('%s a silent region is', (_, nowMs, vote) => {
    const track = silenceTrack(fold(checks('U')), nowMs, policy)
    expect(currentVote(track).vote).toBe(vote)
  })
})

test('silence is looked for once, and a check still on its way undoes it', () => {
  const up = fold(checks('U'))
  expect(silenceDueAt(up, policy)).toBe(70_001)
  const silent = silenceTrack(up, 100_000, policy)
  expect(silenceDueAt(silent, policy)).toBeNull()
  expect(firstDifferenceAt(up, silent)).toBe(70_000)
  const heard = foldObservation(silent, checks('-U')[0]!, policy)
  expect(story(heard)).toBe('UP@0')
  expect(firstDifferenceAt(silent, heard)).toBe(70_000)
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

test('a region that never reports is UNKNOWN once its first vote would have aged', () => {
  const track = silenceTrack(newTrack(0), 70_001, policy)
  expect(currentVote(track)).toMatchObject({ vote: 'UNKNOWN', at: 70_000 })
})

describe('every judgement says why', () => {
  const rows: [letters: string, reason: string, cause: string | null][] = [
    ['U', 'first success at 1970-01-01T00:00:00.000Z', null],
    [
      'UDDD',
      '3 consecutive failures since 1970-01-01T00:00:30.000Z, threshold 3',
      'Connection refused',
    ],
    ['DDDU', '1 success at 1970-01-01T00:01:30.000Z, threshold 1', null],
    [
      'SSS',
      '3 consecutive checks over 500 ms since 1970-01-01T00:00:00.000Z, threshold 3',
      'Answered in 501 ms, threshold 500 ms',
    ],
    [
      'SSSUU',
      '2 consecutive checks within 500 ms since 1970-01-01T00:01:30.000Z, threshold 2',
      null,
    ],
    [
      'SSSDDDU',
      '1 success at 1970-01-01T00:03:00.000Z, threshold 1',
      'Not yet within 500 ms often enough',
    ],
    [
      '???',
      '3 consecutive checks that say nothing about the target since 1970-01-01T00:00:00.000Z, threshold 3',
      'Blocked target',
    ],
    ['U---', 'no telling check since 1970-01-01T00:00:00.000Z, a vote is fresh for 70 s', null],
    ['U---U', 'UP again at 1970-01-01T00:02:00.000Z, as before it was unknown', null],
    [
      'DDD---D',
      'DOWN again at 1970-01-01T00:03:00.000Z, as before it was unknown',
      'Connection refused',
    ],
  ]
  test.each(rows)('%s', (letters, reason, cause) => {
    const track = silenceTrack(fold(checks(letters)), (letters.length - 1) * 30_000, policy)
    expect(currentVote(track)).toMatchObject({ reason, cause })
  })
})

describe('suspense', () => {
  test.each([
    ['before anything', '', false],
    ['after a success', 'U', false],
    ['after a first failure', 'UD', true],
    ['once DOWN is confirmed', 'UDDD', false],
    ['once a first failure is cleared', 'UDU', false],
    ['at a first failure of a new monitor', 'D', true],
    ['at a first success on the way up, where two are asked', 'DDDU', true],
    ['once the second is there', 'DDDUU', false],
    ['while slow checks are not confirmed', 'USS', false],
    ['at a check that tells nothing', 'U?', true],
    ['once it is clear that nothing can be told', 'U???', false],
  ])('%s: %s %s', (_, letters, expected) => {
    expect(inSuspense(fold(checks(letters), { ...policy, recoveryThreshold: 2 }))).toBe(expected)
  })
})

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
