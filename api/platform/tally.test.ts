import { expect, test } from 'vitest'
import { createTally } from './tally.ts'

function openTally() {
  let at = 0
  const tally = createTally({ atMost: 2, windowMs: 60_000, now: () => at })
  return { ...tally, passTo: (ms: number) => (at = ms) }
}

test('a key is full with its last, and no other is', () => {
  const { count, isFull } = openTally()
  count('one')
  expect(isFull('one')).toBe(false)
  count('one')
  expect([isFull('one'), isFull('two')]).toEqual([true, false])
})

test('a key is counted anew a window after its first, and not a moment before', () => {
  const { count, isFull, passTo, resetSeconds } = openTally()
  count('one')
  passTo(30_000)
  for (const key of ['one', 'two', 'two']) count(key)
  passTo(59_999)
  expect([isFull('one'), resetSeconds('one')]).toEqual([true, 1])
  passTo(60_000)
  expect([isFull('one'), isFull('two'), resetSeconds('two')]).toEqual([false, true, 30])
})
