import { describe, expect, test } from 'vitest'
import { joinShards, type ShardNote } from './shards.ts'

const NOW = 1_000_000_000
const MINUTE_MS = 60_000

describe('a region of one', () => {
  test.each([null, { index: 0, of: 1 }])('speaks for itself, as shard %j', (shard) => {
    const known = [note(1, { lagMs: 9_000, unhealthySince: NOW })]
    const told = { shard, lagMs: 100, unhealthySince: null }
    expect(join(told, known)).toMatchObject({ ...told, shards: [] })
  })
})

describe('a divided region', () => {
  test.each<[string, ShardNote[], Partial<ShardNote>, Partial<ShardNote>]>([
    ['lags as its slowest shard', [note(1, { lagMs: 900 })], { lagMs: 100 }, { lagMs: 900 }],
    ['and as this one, if it is that', [note(1, { lagMs: 900 })], { lagMs: 950 }, { lagMs: 950 }],
    ['no longer as this one did before', [note(0, { lagMs: 900 })], { lagMs: 100 }, { lagMs: 100 }],
    [
      'still so, where it brought nothing',
      [note(0, { lagMs: 900 })],
      { lagMs: null },
      { lagMs: 900 },
    ],
    ['lag unknown, as nobody has brought any', [note(1)], { lagMs: null }, { lagMs: null }],
    [
      'is unwell where another shard says so',
      [note(1, { unhealthySince: 7 })],
      { unhealthySince: null },
      { unhealthySince: 7 },
    ],
    [
      'since the first of them said so',
      [note(1, { unhealthySince: 7 }), note(2, { unhealthySince: 5 })],
      { unhealthySince: 6 },
      { unhealthySince: 5 },
    ],
    [
      'is well once the last of them is',
      [note(0, { unhealthySince: 7 }), note(1)],
      { unhealthySince: null },
      { unhealthySince: null },
    ],
    [
      'hears a shard for just under three minutes',
      [note(1, { unhealthySince: 7, seenAt: NOW - 3 * MINUTE_MS + 1 })],
      {},
      { unhealthySince: 7 },
    ],
    [
      'no longer one that has been silent for three',
      [note(1, { unhealthySince: 7, seenAt: NOW - 3 * MINUTE_MS })],
      {},
      { unhealthySince: null },
    ],
    [
      'nor one that is none any more',
      [note(4, { unhealthySince: 7 })],
      {},
      { unhealthySince: null },
    ],
  ])('%s', (_, known, told, expected) => {
    expect(join(told, known)).toMatchObject(expected)
  })

  test('remembers what each shard told last', () => {
    const { shards } = join({ lagMs: 100 }, [note(0, { lagMs: 50 }), note(1)])
    expect(shards).toEqual([note(1), note(0, { lagMs: 100, seenAt: NOW })])
  })
})

const TOLD = { shard: { index: 0, of: 4 }, seenAt: NOW, lagMs: null, unhealthySince: null }

function join(told: Partial<Parameters<typeof joinShards>[0]>, known: ShardNote[]) {
  return joinShards({ ...TOLD, ...told }, known)
}

function note(index: number, given: Partial<ShardNote> = {}): ShardNote {
  return { index, seenAt: NOW - MINUTE_MS, lagMs: null, unhealthySince: null, ...given }
}
