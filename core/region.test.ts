import { describe, expect, test } from 'vitest'
import { currentVote, foldObservation, inSuspense, refoldTrack, silenceTrack } from './region.ts'
import { checks, fold, policy, type Row, story } from './testing/region.ts'
import type { Observation } from './view.ts'

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
