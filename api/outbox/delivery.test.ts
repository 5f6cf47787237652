import { describe, expect, it } from 'vitest'
import { settle } from './delivery.ts'

const retry = { outcome: 'RETRY', why: '421 busy' } as const

const byPlan = (attempts: number) => ({ attempts, plannedInMs: null })

describe('settle', () => {
  it.each([
    [1, '5 s', 5_000],
    [2, '30 s', 30_000],
    [3, '2 m', 120_000],
    [4, '5 m', 300_000],
    [5, '15 m', 900_000],
    [6, '1 h', 3_600_000],
    [7, '4 h', 14_400_000],
    [8, '12 h', 43_200_000],
    [9, '24 h', 86_400_000],
  ])('after attempt %i it tries again in %s', (attempts, _, retryInMs) => {
    expect(settle(retry, byPlan(attempts), 0)).toEqual({
      status: 'PENDING',
      error: '421 busy',
      retryInMs,
      pauseMs: 0,
    })
  })

  it('spreads attempts by up to a fifth of the wait', () => {
    expect(settle(retry, byPlan(1), 0.5)).toMatchObject({ retryInMs: 5_500 })
    expect(settle(retry, byPlan(1), 0.999)).toMatchObject({ retryInMs: 5_999 })
  })

  it.each([
    ['no pause', undefined, 5_000],
    ['a pause that is shorter than its own', 4_999, 5_000],
    ['a longer one', 40_000, 40_000],
    ['one of an hour', 3_600_000, 3_600_000],
    ['one that is longer than that', 86_400_000, 3_600_000],
  ])('waits as long as the receiver asks for: %s', (_, retryAfterMs, retryInMs) => {
    const pauseMs = Math.min(retryAfterMs ?? 0, 3_600_000)
    expect(settle({ ...retry, retryAfterMs }, byPlan(1), 0)).toMatchObject({ retryInMs, pauseMs })
  })

  it.each([
    ['its plan', undefined, 60_000, 60_000],
    ['its plan, by which the pause is over', 59_999, 60_000, 60_000],
    ['the pause, which is longer', 60_001, 60_000, 60_001],
  ])(
    'after an attempt before its time it waits for %s',
    (_, retryAfterMs, plannedInMs, retryInMs) => {
      const made = { attempts: 8, plannedInMs }
      expect(settle({ ...retry, retryAfterMs }, made, 0.5)).toMatchObject({ retryInMs })
    },
  )

  it('does not give up on an attempt before its time', () => {
    const made = { attempts: 10, plannedInMs: 1 }
    expect(settle(retry, made, 0)).toMatchObject({ status: 'PENDING', retryInMs: 1 })
  })

  it('gives up at once on who is gone', () => {
    const gone = { outcome: 'GONE', why: 'no_service' } as const
    expect(settle(gone, byPlan(1), 0)).toEqual({ status: 'FAILED', error: 'no_service' })
  })

  it('gives up after the tenth attempt, and says so', () => {
    expect(settle(retry, byPlan(10), 0)).toEqual({
      status: 'FAILED',
      error: 'given up after 10 attempts: 421 busy',
    })
  })

  it('gives up after a tenth attempt that a crash hid', () => {
    expect(settle(retry, byPlan(11), 0)).toMatchObject({ status: 'FAILED' })
  })

  it('gives up at once on a permanent refusal', () => {
    const refused = { outcome: 'PERMANENT', why: '550 no such user' } as const
    expect(settle(refused, byPlan(1), 0)).toEqual({ status: 'FAILED', error: '550 no such user' })
  })

  it('keeps of an endless explanation what fits a row', () => {
    const refused = { outcome: 'PERMANENT', why: 'x'.repeat(10_000) } as const
    expect(settle(refused, byPlan(1), 0)).toMatchObject({ error: 'x'.repeat(500) })
  })

  it('is content once accepted, however many attempts it took', () => {
    expect(settle({ outcome: 'ACCEPTED' }, byPlan(10), 0)).toEqual({ status: 'SENT' })
  })
})
