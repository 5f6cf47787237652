import { expect, it } from 'vitest'
import { instant, minute } from './instant.ts'

it.each([
  ['UTC', '2026-11-20T03:04:05.999Z', '2026-11-20 03:04:05 UTC'],
  ['Europe/Paris', '2026-11-20T03:04:05Z', '2026-11-20 04:04:05 +01:00 (Europe/Paris)'],
  [
    'Europe/Paris, the first 02:30',
    '2026-10-25T00:30:00Z',
    '2026-10-25 02:30:00 +02:00 (Europe/Paris)',
  ],
  [
    'Europe/Paris, the second 02:30',
    '2026-10-25T01:30:00Z',
    '2026-10-25 02:30:00 +01:00 (Europe/Paris)',
  ],
  [
    'America/New_York, the day before',
    '2026-11-20T03:04:05Z',
    '2026-11-19 22:04:05 -05:00 (America/New_York)',
  ],
  ['Asia/Kathmandu', '2026-11-20T03:04:05Z', '2026-11-20 08:49:05 +05:45 (Asia/Kathmandu)'],
])('reads in %s at %s as %s', (where, at, words) => {
  expect(instant(Date.parse(at), where.split(',')[0])).toBe(words)
})

it('is cut to the minute, and never rounded up', () => {
  expect(minute(Date.parse('2026-11-20T03:04:59.999Z'))).toBe('2026-11-20 03:04 UTC')
})
