import { describe, expect, it } from 'vitest'
import { delayOf, type Waiting } from './release.ts'

const SECOND_MS = 1_000
const nowMs = Date.UTC(2026, 10, 20, 23)
const night = { timeZone: 'UTC', hours: { from: 22 * 60, to: 7 * 60 } }

const alone: Waiting = {
  createdAt: nowMs - 30 * SECOND_MS,
  youngestUntil: nowMs,
  quiet: null,
  notice: { incidentKind: 'LATENCY' },
}

describe('the last word on a deleted monitor', () => {
  it.each<[string, Partial<Waiting>, number | null]>([
    ['goes out where nothing has come since', {}, null],
    ['waits for what has', { youngestUntil: nowMs + 1 }, nowMs + 1],
    ['waits for nothing else to a program', { youngestUntil: null }, null],
    [
      'waits for others for nearly five minutes',
      { createdAt: nowMs - 299_999, youngestUntil: nowMs + 1 },
      nowMs + 1,
    ],
    ['and no longer', { createdAt: nowMs - 300_000, youngestUntil: nowMs + 1 }, null],
    ['is asked in quiet hours once a minute', { quiet: night }, nowMs + 60_000],
    [
      'goes out in them where it was an outage',
      { quiet: night, notice: { incidentKind: 'DOWN' } },
      null,
    ],
    [
      'waits for what has come since before that',
      { quiet: night, youngestUntil: nowMs + 1 },
      nowMs + 1,
    ],
  ])('%s', (_sentence, waiting, reviewAt) => {
    expect(delayOf({ ...alone, ...waiting }, nowMs)?.reviewAt ?? null).toBe(reviewAt)
  })
})
