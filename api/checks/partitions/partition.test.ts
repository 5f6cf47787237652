import { describe, expect, test } from 'vitest'
import { hasPartition, partitionOf, planPartitions } from './partition.ts'

const now = Date.parse('2026-03-29T13:37:00Z')

describe('the days of checks', () => {
  test('are UTC days, also where the clocks change', () => {
    expect(partitionOf(now)).toEqual({
      name: 'checks_20260329',
      fromAt: Date.parse('2026-03-29T00:00:00Z'),
      toAt: Date.parse('2026-03-30T00:00:00Z'),
    })
  })

  test.each([
    ['a millisecond before midnight', '2026-03-28T23:59:59.999Z', 'checks_20260328'],
    ['at midnight', '2026-03-29T00:00:00.000Z', 'checks_20260329'],
    ['a millisecond after midnight', '2026-03-29T00:00:00.001Z', 'checks_20260329'],
  ])('%s', (_, instant, name) => {
    expect(partitionOf(Date.parse(instant)).name).toBe(name)
  })

  test('are made a week back and four days ahead at first', () => {
    const { make, drop } = planPartitions([], now, rolledUp(90))
    expect(make).toHaveLength(12)
    expect(make[0]!.name).toBe('checks_20260322')
    expect(make.at(-1)!.name).toBe('checks_20260402')
    expect(drop).toEqual([])
  })

  test('are made one at a time from then on', () => {
    const yesterday = planPartitions([], now - 86_400_000, rolledUp(90)).make.map(
      ({ name }) => name,
    )
    expect(planPartitions(yesterday, now, rolledUp(90)).make).toMatchObject([
      { name: 'checks_20260402' },
    ])
  })

  test('are kept for the days of retention and dropped after', () => {
    const existing = ['checks_20260319', 'checks_20260320', 'checks_20260321']
    expect(planPartitions(existing, now, rolledUp(9)).drop).toEqual(['checks_20260319'])
  })

  test.each([
    ['into the first day', '2026-03-19T23:00:00Z', []],
    ['to the end of the first day', '2026-03-20T00:00:00Z', ['checks_20260319']],
    ['into the second day', '2026-03-20T01:00:00Z', ['checks_20260319']],
    [
      'to the end of the second day',
      '2026-03-21T00:00:00Z',
      ['checks_20260319', 'checks_20260320'],
    ],
  ])('past retention stay until they are rolled up: here %s', (_, instant, drop) => {
    const existing = ['checks_20260319', 'checks_20260320', 'checks_20260321']
    const retention = { retentionDays: 8, unrolledFrom: Date.parse(instant) }
    expect(planPartitions(existing, now, retention).drop).toEqual(drop)
  })

  test.each([
    ['just before the first day', '2026-03-21T23:59:59.999Z', false],
    ['at the first day', '2026-03-22T00:00:00Z', true],
    ['in the last day', '2026-04-02T23:59:59.999Z', true],
    ['just after the last day', '2026-04-03T00:00:00Z', false],
  ])('a slot %s', (_, instant, expected) => {
    expect(hasPartition(Date.parse(instant), now)).toBe(expected)
  })
})

function rolledUp(retentionDays: number) {
  return { retentionDays, unrolledFrom: now }
}
