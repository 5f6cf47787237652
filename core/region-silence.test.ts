import { describe, expect, test } from 'vitest'
import {
  currentVote,
  firstDifferenceAt,
  foldObservation,
  newTrack,
  silenceDueAt,
  silenceTrack,
} from './region.ts'
import { checks, fold, policy, type Row, story } from './testing/region.ts'

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

test('a region that never reports is UNKNOWN once its first vote would have aged', () => {
  const track = silenceTrack(newTrack(0), 70_001, policy)
  expect(currentVote(track)).toMatchObject({ vote: 'UNKNOWN', at: 70_000 })
})
