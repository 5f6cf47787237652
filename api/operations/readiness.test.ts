import { expect, test } from 'vitest'
import { type Backlog, judgeReadiness, latenessOf } from './readiness.ts'

const now = Date.parse('2026-11-20T12:00:00Z')

const nothing = { slotDueAt: null, deliveryDueAt: null, stepDueAt: null, reviewDueAt: null }

test.each<[string, Partial<Backlog>, string[]]>([
  ['nothing waits', {}, []],
  ['work is due later', { slotDueAt: now + 5_000, deliveryDueAt: now + 5_000 }, []],
  ['a check is exactly 60 s late', { slotDueAt: now - 60_000 }, []],
  [
    'a check is just over 60 s late',
    { slotDueAt: now - 60_001 },
    ['the oldest due check is 60 s late'],
  ],
  [
    'an alert is 2 minutes late',
    { deliveryDueAt: now - 120_000 },
    ['the oldest due alert or mail is 120 s late'],
  ],
  [
    'all are late',
    {
      slotDueAt: now - 61_000,
      deliveryDueAt: now - 62_000,
      stepDueAt: now - 63_000,
      reviewDueAt: now - 64_000,
    },
    [
      'the oldest due check is 61 s late',
      'the oldest due alert or mail is 62 s late',
      'the oldest due step of escalation is 63 s late',
      'the oldest due look at a withheld alert is 64 s late',
    ],
  ],
])('when %s', (_, dueAt, reasons) => {
  expect(judgeReadiness(latenessOf({ ...nothing, ...dueAt, now }))).toEqual({
    isReady: reasons.length === 0,
    reasons,
  })
})

test('when the database does not answer', () => {
  expect(judgeReadiness(null)).toEqual({
    isReady: false,
    reasons: ['the database does not answer'],
  })
})
