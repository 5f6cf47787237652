import { describe, expect, it } from 'vitest'
import { type Pace, portion } from './pace.ts'

const MINUTE_MS = 60_000

const calm: Pace = {
  isGathering: false,
  inMinute: 0,
  inHour: 0,
  maxPerHour: null,
  sinceDigestMs: null,
}

describe('of alerts to one recipient', () => {
  it.each<[string, Partial<Pace>, number]>([
    ['five go out at once when nothing was told', {}, 5],
    ['one goes out after four within the minute', { inMinute: 4, inHour: 4 }, 1],
    ['none goes out after five within the minute', { inMinute: 5, inHour: 5 }, 0],
    ['none goes out after more', { inMinute: 9, inHour: 9 }, 0],
    ['one goes out after 59 within the hour', { inHour: 59 }, 1],
    ['none goes out after 60 within the hour', { inHour: 60 }, 0],
    ['none goes out once the channel has had its own most', { inHour: 3, maxPerHour: 3 }, 0],
    ['five go out where the channel takes many', { inHour: 500, maxPerHour: 1_000 }, 5],
    ['none overtakes what waits in a digest', { isGathering: true }, 0],
  ])('%s', (_sentence, pace, singles) => {
    expect(portion({ ...calm, ...pace }).singles).toBe(singles)
  })

  it.each<[string, number | null, number]>([
    ['30 s after its first, where no digest was sent', null, 30_000],
    ['30 s after its first, where one was sent long ago', 60 * MINUTE_MS, 30_000],
    ['5 min after the last one', 2 * MINUTE_MS, 3 * MINUTE_MS],
    ['30 s after its first where that is later', 4.5 * MINUTE_MS + 1, 30_000],
  ])('the digest is due %s', (_sentence, sinceDigestMs, dueInMs) => {
    expect(portion({ ...calm, sinceDigestMs }).dueInMs).toBe(dueInMs)
  })
})
