import { expect, test } from 'vitest'
import type { ShownCheck } from '../history/check.ts'
import { newTicking, tick, tickAfter } from './tick.ts'

test('whoever is slow is told the newest check of each region, in the order in which they came', () => {
  const ticking = newTicking()
  for (const [region, at] of [
    ['local', 1],
    ['weur', 2],
    ['local', 3],
    ['local', 4],
  ] as const)
    tick(ticking, check(region, at))
  expect(told(ticking, 0)).toEqual(['weur 2', 'local 4'])
})

test('the same check again is no news', () => {
  const ticking = newTicking()
  tick(ticking, check('local', 1))
  const { count } = ticking
  tick(ticking, check('local', 1))
  expect(told(ticking, count)).toEqual([])
  tick(ticking, check('local', 2))
  expect(told(ticking, count)).toEqual(['local 2'])
})

test('what comes wakes who waits', () => {
  const ticking = newTicking()
  let isWoken = false
  ticking.waiting.add(() => void (isWoken = true))
  tick(ticking, check('local', 1))
  expect(isWoken).toBe(true)
})

function told(ticking: ReturnType<typeof newTicking>, after: number): string[] {
  const next = tickAfter(ticking, after)
  if (!next) return []
  return [`${next.check.region} ${next.check.checkedAt}`, ...told(ticking, next.number)]
}

function check(region: string, checkedAt: number): ShownCheck {
  return {
    monitorId: 'monitor',
    region,
    scheduledAt: checkedAt,
    attempt: 0,
    checkedAt,
    outcome: 'UP',
    errorKind: null,
    message: null,
    httpStatus: 200,
    latencyMs: 1,
    detail: null,
  }
}
