import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startBeats } from './beats.ts'

const ROUND_MS = 15_000
const TICK_MS = 50

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('everybody has one turn in a round, and never many of them together', () => {
  const turnsOf = Array.from({ length: 1_000 }, () => 0)
  const beats = startBeats(ROUND_MS)
  turnsOf.forEach((_, who) => beats.join(() => (turnsOf[who]! += 1)))
  const atOnce: number[] = []
  for (let ms = 0, before = 0; ms <= ROUND_MS; ms += TICK_MS) {
    vi.advanceTimersByTime(TICK_MS)
    const turns = turnsOf.reduce((sum, own) => sum + own)
    atOnce.push(turns - before)
    before = turns
  }
  beats.stop()
  expect(turnsOf).toEqual(turnsOf.map(() => 1))
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(20)
})

it('who has left has no more turns', () => {
  const beat = vi.fn<() => void>()
  const beats = startBeats(ROUND_MS)
  const leave = beats.join(beat)
  vi.advanceTimersByTime(2 * ROUND_MS + TICK_MS)
  leave()
  vi.advanceTimersByTime(2 * ROUND_MS)
  beats.stop()
  expect(beat).toHaveBeenCalledTimes(2)
})
