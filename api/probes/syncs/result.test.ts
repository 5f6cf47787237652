import { describe, expect, it } from 'vitest'
import { slotAtOrAfter } from '../../../core/slot.ts'
import { MONITOR_ID, probeResult } from '../../../core/testing/probe-result.ts'
import { judgeResult } from './result.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const now = Date.parse('2026-11-20T12:00:00Z')
const assigned = { monitorId: MONITOR_ID, kind: 'DNS', intervalSeconds: 30 } as const
const slot = slotAtOrAfter(assigned, now - 5 * MINUTE_MS)
const decidableFrom = now - 10 * MINUTE_MS
const monitor = { ...assigned, decidableFrom }
const timely = { scheduledAt: slot, checkedAt: slot + 12, decidableFrom }

const judge = (changed: object = {}) =>
  judgeResult(probeResult({ ...timely, ...changed }), monitor, now)

const anHourAgo = now - 60 * MINUTE_MS

describe('a result stands', () => {
  it.each([
    ['of a slot', {}],
    ['of a re-check in it', { attempt: 3, checkedAt: slot + 15_000 }],
    ['that began a minute after its interval', { checkedAt: slot + 90_000, attempt: 9 }],
    ['of a clock a minute behind', { checkedAt: slot - MINUTE_MS }],
    ['with details of its own kind', { details: { kind: 'DNS', responseCode: null, records: [] } }],
    [
      'of before the last change of settings, in whatever slot',
      { scheduledAt: anHourAgo + 1, checkedAt: anHourAgo + 2, decidableFrom: anHourAgo - DAY_MS },
    ],
    [
      'of the oldest day that is kept',
      { scheduledAt: now - 7 * DAY_MS, checkedAt: now - 7 * DAY_MS },
    ],
  ])('%s', (_, changed) => {
    expect(judge(changed)).toBeNull()
  })
})

describe('a result is refused', () => {
  it('of a monitor that is not assigned', () => {
    const refused = judgeResult(probeResult(timely), undefined, now)
    expect(refused).toBe('the monitor is not assigned to this probe')
  })

  it.each([
    ['off the grid of slots', { scheduledAt: slot + 1 }, 'none of the'],
    ['of another grid', { scheduledAt: slot + 15_000, checkedAt: slot + 15_000 }, 'none of the'],
    ['of the future', { checkedAt: now + MINUTE_MS + 1 }, 'of the future'],
    ['of a slot to come', { scheduledAt: slot + 90_000 }, 'before its slot'],
    ['that ran too long after its slot', { checkedAt: slot + 90_001 }, 'after its'],
    ['that ran in a later slot', { scheduledAt: slot - 120_000 }, 'after its slot'],
    [
      'under settings that were changed since, and after the change',
      { decidableFrom: decidableFrom - 1 },
      'changed before it was asked',
    ],
    ['under settings to come', { decidableFrom: decidableFrom + 1 }, 'changed before'],
    [
      'of a day that is not kept',
      { scheduledAt: now - 8 * DAY_MS, checkedAt: now - 8 * DAY_MS },
      'not kept',
    ],
    [
      'of before the last change, and a day apart from its slot',
      { scheduledAt: anHourAgo - DAY_MS - MINUTE_MS - 1, checkedAt: anHourAgo },
      'after its slot',
    ],
    [
      'with details of another kind',
      { details: { kind: 'PING', sent: 1, received: 1, minMs: 1, maxMs: 1 } },
      'another kind',
    ],
  ])('%s', (_, changed, reason) => {
    expect(judge(changed)).toMatch(new RegExp(reason))
  })
})
