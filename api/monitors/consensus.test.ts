import { describe, expect, test } from 'vitest'
import type { Vote } from '../../core/vote.ts'
import { advisories, judgeMonitor, type CastVote } from './consensus.ts'

/** "weur DOWN 50" is a region, its vote and since when. */
function cast(words: string): CastVote[] {
  return words.split(', ').map((vote) => {
    const [region = '', said, since] = vote.split(' ')
    return {
      region,
      vote: said as Vote,
      since: Number(since),
      at: Number(since) + 20,
      reason: `${region} says so`,
      cause: said === 'UP' ? null : `${region} saw it`,
    }
  })
}

type Row = [sentence: string, votes: string, quorum: number | null, status: string]

describe('the status and the instant from which it holds', () => {
  const rows: Row[] = [
    ['one region is believed', 'local DOWN 50', null, 'DOWN 50'],
    ['one region slow', 'local SLOW 50', null, 'DEGRADED 50'],
    ['one region silent', 'local UNKNOWN 50', null, 'UNKNOWN 50'],
    ['one region that has not voted', 'local PENDING 50', null, 'PENDING 50'],
    ['one of two is no majority', 'weur DOWN 50, apac UP 10', null, 'UP 50'],
    ['two of two are', 'weur DOWN 50, apac DOWN 60', null, 'DOWN 60'],
    [
      'one of two where the other is silent cannot be told',
      'weur DOWN 50, apac UNKNOWN 60',
      null,
      'UNKNOWN 60',
    ],
    [
      'one of two where the other has not voted is waited for',
      'weur DOWN 50, apac PENDING 60',
      null,
      'PENDING 60',
    ],
    ['one of three is an advisory', 'weur DOWN 50, apac UP 10, afr UP 20', null, 'UP 20'],
    ['two of three, from the second', 'weur DOWN 50, apac DOWN 60, afr UP 20', null, 'DOWN 60'],
    ['three of three, from the second', 'weur DOWN 70, apac DOWN 60, afr DOWN 50', null, 'DOWN 60'],
    ['two of four are no strict majority', 'a DOWN 50, b DOWN 60, c UP 10, d UP 10', null, 'UP 10'],
    [
      '... but of the three that can be heard, from when the fourth fell silent',
      'a DOWN 50, b DOWN 60, c UP 10, d UNKNOWN 90',
      null,
      'DOWN 90',
    ],
    [
      'three of four, whoever falls silent later',
      'a DOWN 50, b DOWN 60, c DOWN 70, d UNKNOWN 90',
      null,
      'DOWN 70',
    ],
    ['two fresh of three decide', 'weur DOWN 50, apac DOWN 60, afr UNKNOWN 10', null, 'DOWN 60'],
    [
      'one fresh of three does not',
      'weur DOWN 50, apac UNKNOWN 30, afr UNKNOWN 40',
      null,
      'UNKNOWN 40',
    ],
    [
      'nor does a lone one that is well',
      'weur UP 50, apac UNKNOWN 30, afr UNKNOWN 40',
      null,
      'UNKNOWN 40',
    ],
    ['a quorum of one needs but one', 'weur DOWN 50, apac UP 10, afr UP 20', 1, 'DOWN 50'],
    ['... of two fresh votes', 'weur DOWN 50, apac UNKNOWN 10, afr UNKNOWN 20', 1, 'UNKNOWN 20'],
    ['a quorum of three is not met by two', 'weur DOWN 50, apac DOWN 60, afr UP 20', 3, 'UP 50'],
    [
      'a quorum out of reach, with the rest down, cannot be told',
      'weur DOWN 50, apac DOWN 60, afr UNKNOWN 80',
      3,
      'UNKNOWN 80',
    ],
    [
      'a quorum out of reach, with the rest well, is UP',
      'weur UP 50, apac UP 60, afr UNKNOWN 80',
      3,
      'UP 60',
    ],
    [
      'a quorum above the regions assigned means all of them',
      'weur DOWN 50, apac DOWN 60',
      5,
      'DOWN 60',
    ],
    [
      'recovered from when the failing ones lost their majority',
      'weur UP 80, apac UP 90, afr DOWN 50',
      null,
      'UP 90',
    ],
    ['two of three slow', 'weur SLOW 50, apac SLOW 60, afr UP 20', null, 'DEGRADED 60'],
    ['one of three slow', 'weur SLOW 50, apac UP 60, afr UP 20', null, 'UP 60'],
    ['DOWN goes over slow', 'weur DOWN 50, apac DOWN 60, afr SLOW 20', null, 'DOWN 60'],
    [
      'one down and one slow are two different things',
      'weur DOWN 50, apac SLOW 60, afr UP 20',
      null,
      'UP 60',
    ],
    [
      'down, slow and a majority for slow',
      'weur DOWN 50, apac SLOW 60, afr SLOW 70',
      null,
      'DEGRADED 70',
    ],
  ]
  test.each(rows)('%s: %s', (_, words, quorum, expected) => {
    const votes = cast(words)
    const { status, since } = judgeMonitor(votes, { regionsAssigned: votes.length, quorum })
    expect(`${status} ${since}`).toBe(expected)
  })
})

describe('the reason and the cause', () => {
  const rows: [votes: string, reason: string, cause: string | null][] = [
    ['local DOWN 50', 'local says so', 'local saw it'],
    [
      'weur DOWN 50, apac DOWN 60, afr UP 20',
      '2 of 3 fresh votes are DOWN, 2 needed: weur DOWN (weur says so); apac DOWN (apac says so)',
      'weur saw it; apac saw it',
    ],
    [
      'weur DOWN 50, apac UP 60, afr UP 20',
      '3 of 3 regions have a fresh vote, 1 DOWN, 2 needed; regional advisory: weur DOWN (weur says so)',
      null,
    ],
    [
      'weur DOWN 50, apac UNKNOWN 60',
      '1 of 2 regions have a fresh vote, too few to tell: weur DOWN (weur says so)',
      'weur saw it; apac saw it',
    ],
    [
      'weur UNKNOWN 50, apac UNKNOWN 60',
      '0 of 2 regions have a fresh vote, too few to tell: nobody says anything',
      'weur saw it; apac saw it',
    ],
    [
      'weur SLOW 50, apac SLOW 60',
      '2 of 2 fresh votes are SLOW, 2 needed: weur SLOW (weur says so); apac SLOW (apac says so)',
      'weur saw it; apac saw it',
    ],
    [
      'weur UP 50, apac PENDING 60',
      '1 of 2 regions have a fresh vote, waiting for the first votes',
      null,
    ],
  ]
  test.each(rows)('%s', (words, reason, cause) => {
    const votes = cast(words)
    const policy = { regionsAssigned: votes.length, quorum: null }
    expect(judgeMonitor(votes, policy)).toMatchObject({ reason, cause })
  })
})

test('a region failing below quorum is an advisory; in an outage there is none', () => {
  const policy = { regionsAssigned: 3, quorum: null }
  const alone = advisories(cast('weur DOWN 50, apac UP 60, afr UP 20'), policy)
  expect(alone.map(({ region }) => region)).toEqual(['weur'])
  expect(advisories(cast('weur DOWN 50, apac DOWN 60, afr UP 20'), policy)).toEqual([])
})
