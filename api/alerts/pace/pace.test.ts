import { describe, expect, it } from 'vitest'
import { type Pace, portion } from './pace.ts'

const MINUTE_MS = 60_000

const calm: Pace = {
  isGathering: false,
  inMinute: 0,
  toldAgoMs: [],
  maxPerHour: null,
  sinceDigestMs: null,
}

/** So many messages, the latest so many minutes ago and the others one minute apart. */
const told = (count: number, latest = 2) =>
  Array.from({ length: count }, (_, index) => (latest + index) * MINUTE_MS)

describe('of alerts to one recipient', () => {
  it.each<[string, Partial<Pace>, number]>([
    ['five go out at once when nothing was told', {}, 5],
    ['one goes out after four within the minute', { inMinute: 4, toldAgoMs: told(4, 0) }, 1],
    ['none goes out after five within the minute', { inMinute: 5, toldAgoMs: told(5, 0) }, 0],
    ['none goes out after more', { inMinute: 9, toldAgoMs: told(9, 0) }, 0],
    ['one goes out after 59 within the hour', { toldAgoMs: told(59) }, 1],
    ['none goes out after 60 within the hour', { toldAgoMs: told(60) }, 0],
    [
      'none goes out once its channel has had its own most',
      { toldAgoMs: told(3), maxPerHour: 3 },
      0,
    ],
    ['none goes out after a digest longer than that', { toldAgoMs: told(9), maxPerHour: 3 }, 0],
    ['five go out where the channel takes many', { toldAgoMs: told(500), maxPerHour: 1_000 }, 5],
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

  it.each<[string, number | null, number[], number]>([
    ['in 30 s, whatever was told, where its channel has no most', null, told(200), 0.5],
    ['in 30 s while there is room', 10, told(4), 0.5],
    [
      'in 30 s where the last that there was room for leaves the hour by then',
      3,
      told(3, 57.5),
      0.5,
    ],
    ['when the first of the last three leaves the hour', 3, told(3), 56],
    ['when the third last does, where a digest was longer than the most', 3, told(9), 56],
    ['in an hour where all there was room for is told now', 1, [], 60],
    ['when the first leaves the hour where the rest of the room is told now', 4, told(1), 58],
  ])('the digest is due %s', (_sentence, maxPerHour, toldAgoMs, minutes) => {
    expect(portion({ ...calm, maxPerHour, toldAgoMs }).dueInMs).toBe(minutes * MINUTE_MS)
  })
})
