import { expect, test } from 'vitest'
import { judgeReadiness, latenessOf } from './readiness.ts'

const now = Date.parse('2026-11-20T12:00:00Z')

test.each([
  ['nothing waits', null, null, []],
  ['work is due later', now + 5_000, now + 5_000, []],
  ['a check is exactly 60 s late', now - 60_000, null, []],
  ['a check is just over 60 s late', now - 60_001, null, ['the oldest due check is 60 s late']],
  [
    'an alert is 2 minutes late',
    null,
    now - 120_000,
    ['the oldest due alert or mail is 120 s late'],
  ],
  [
    'both are late',
    now - 61_000,
    now - 62_000,
    ['the oldest due check is 61 s late', 'the oldest due alert or mail is 62 s late'],
  ],
])('when %s', (_, slotDueAt, deliveryDueAt, reasons) => {
  expect(judgeReadiness(latenessOf({ slotDueAt, deliveryDueAt, now }))).toEqual({
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
