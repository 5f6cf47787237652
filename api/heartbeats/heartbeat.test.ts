import { describe, expect, it } from 'vitest'
import type { HeartbeatPlan } from '../monitors/kinds/heartbeat/plan.ts'
import {
  type Absence,
  type Awaited,
  type Call,
  hear,
  miss,
  NOTHING_AWAITED,
  replan,
} from './heartbeat.ts'

const MONITOR = '019a9f5e-7c00-7abc-8def-0123456789ab'
const PARIS = 'Europe/Paris'
const NEW_YORK = 'America/New_York'

const success: Call = { kind: 'SUCCESS', exitCode: null }
const start: Call = { kind: 'START', exitCode: null }

const utc = (minute: string) => Date.parse(`${minute}:00Z`)
/** On a plain day, in UTC. */
const at = (clock: string) => Date.parse(`2026-11-20T${clock}Z`)
const clockOf = (ms: number | null) => ms && new Date(ms).toISOString().slice(11, 19)

const hourly: HeartbeatPlan = {
  periodSeconds: 3_600,
  cron: null,
  timeZone: null,
  graceSeconds: 600,
}
const byCron = (cron: string, timeZone = 'UTC'): HeartbeatPlan => ({
  periodSeconds: null,
  cron,
  timeZone,
  graceSeconds: 600,
})
const awaiting = (clock: string): Awaited => ({
  expectedAt: at(clock),
  dueAt: at(clock) + 600_000,
  startedAt: null,
})
const looked = (clock: string, away: Absence | null = null) => ({ nowMs: at(clock), away })

describe('the next run, in UTC, after a success', () => {
  it.each<[string, string, string, string, string]>([
    ['the night before spring', '30 2 * * *', PARIS, '2027-03-27T01:31', '2027-03-28T01:00'],
    ['after it', '30 2 * * *', PARIS, '2027-03-28T01:01', '2027-03-29T00:30'],
    ['before spring in New York', '30 2 * * *', NEW_YORK, '2027-03-13T07:31', '2027-03-14T07:00'],
    ['after it', '30 2 * * *', NEW_YORK, '2027-03-14T07:01', '2027-03-15T06:30'],
    [
      'autumn has it once, the first time',
      '30 2 * * *',
      PARIS,
      '2027-10-30T00:31',
      '2027-10-31T00:30',
    ],
    ['and not the second time', '30 2 * * *', PARIS, '2027-10-31T00:31', '2027-11-01T01:30'],
    ['autumn in New York', '30 1 * * *', NEW_YORK, '2027-11-06T05:31', '2027-11-07T05:30'],
    ['and not the second time', '30 1 * * *', NEW_YORK, '2027-11-07T05:31', '2027-11-08T06:30'],
    [
      'every hour: spring leaves none out',
      '30 * * * *',
      PARIS,
      '2027-03-28T00:31',
      '2027-03-28T01:30',
    ],
    ['every hour: autumn has both', '30 * * * *', PARIS, '2027-10-31T00:31', '2027-10-31T01:30'],
    ['both in New York too', '30 * * * *', NEW_YORK, '2027-11-07T05:31', '2027-11-07T06:30'],
    ['the day after is an hour off', '0 3 * * *', PARIS, '2027-10-30T01:01', '2027-10-31T02:00'],
    [
      'at the instant of the run itself',
      '0 3 * * *',
      'UTC',
      '2027-01-01T03:00',
      '2027-01-02T03:00',
    ],
    ['weekdays, on a Friday', '0 9 * * 1-5', PARIS, '2026-11-20T08:01', '2026-11-23T08:00'],
    ['the last day of February', '0 0 L * *', 'UTC', '2027-02-01T00:00', '2027-02-28T00:00'],
  ])('%s: %s in %s after %s', (_, cron, timeZone, after, next) => {
    const { awaited } = hear(MONITOR, byCron(cron, timeZone), NOTHING_AWAITED, success, utc(after))
    expect(new Date(awaited.expectedAt!).toISOString()).toBe(`${next}:00.000Z`)
    expect(awaited.dueAt).toBe(awaited.expectedAt! + 600_000)
  })
})

describe('a call', () => {
  it.each<[string, Call['kind'], string, string | null]>([
    ['a success: the next run is a period later', 'SUCCESS', '08:20:00', '09:20:00'],
    ['a failure ends a run too', 'FAIL', '08:20:00', '09:20:00'],
    ['a start leaves the deadline', 'START', '08:20:00', '09:00:00'],
    ['words decide nothing', 'LOG', '08:20:00', '09:00:00'],
  ])('%s', (_, kind, clock, next) => {
    const { awaited } = hear(
      MONITOR,
      hourly,
      awaiting('09:00:00'),
      { kind, exitCode: null },
      at(clock),
    )
    expect(clockOf(awaited.expectedAt)).toBe(next)
  })

  it.each<[string, Call['kind'], string | null]>([
    ['a success arms it', 'SUCCESS', '09:00:00'],
    ['a failure does', 'FAIL', '09:00:00'],
    ['a start awaits its own end', 'START', '08:00:00'],
    ['words do not', 'LOG', null],
  ])('that is the first: %s', (_, kind, next) => {
    const call = { kind, exitCode: null }
    const { awaited } = hear(MONITOR, hourly, NOTHING_AWAITED, call, at('08:00:00'))
    expect(clockOf(awaited.expectedAt)).toBe(next)
  })

  it.each([
    ['just early enough to be the run itself', '02:59:50', '2026-11-21T03:00:00.000Z'],
    ['too early: one more run before it', '02:59:49', '2026-11-20T03:00:00.000Z'],
    ['on the instant', '03:00:00', '2026-11-21T03:00:00.000Z'],
    ['late', '03:09:59', '2026-11-21T03:00:00.000Z'],
  ])('%s', (_, clock, next) => {
    const { awaited } = hear(MONITOR, byCron('0 3 * * *'), awaiting('03:00:00'), success, at(clock))
    expect(new Date(awaited.expectedAt!).toISOString()).toBe(next)
  })

  it('tells how long the run took, where it told of its start', () => {
    const { awaited } = hear(MONITOR, hourly, awaiting('09:00:00'), start, at('09:00:01'))
    const { result } = hear(MONITOR, hourly, awaited, success, at('09:05:01'))
    expect(result).toMatchObject({
      outcome: 'UP',
      details: { kind: 'HEARTBEAT', runMs: 300_000, exitCode: null },
    })
  })

  it('with an exit code says it in words', () => {
    const call: Call = { kind: 'FAIL', exitCode: 3 }
    const { result } = hear(MONITOR, hourly, awaiting('09:00:00'), call, at('08:59:00'))
    expect(result).toMatchObject({
      outcome: 'DOWN',
      errorKind: 'HEARTBEAT_FAILED',
      message: 'The job ended with exit code 3',
      details: { runMs: null, exitCode: 3 },
    })
  })
})

describe('a deadline', () => {
  it.each<[string, string, string | null]>([
    ['just before it nothing is missed', '09:09:59', null],
    ['at it the run is, from the instant it was expected', '09:10:00', '09:00:00'],
    ['after it too', '09:40:00', '09:00:00'],
  ])('%s', (_, clock, slot) => {
    const { result } = miss(MONITOR, hourly, awaiting('09:00:00'), looked(clock))
    expect(clockOf(result?.scheduledAt ?? null)).toBe(slot)
  })

  it.each<[string, HeartbeatPlan, string, string]>([
    ['the next period', hourly, '09:10:00', '10:00:00'],
    ['the next run', byCron('0 * * * *'), '09:10:00', '10:00:00'],
    ['the first period still in time', hourly, '13:09:59', '13:00:00'],
    ['the first run still in time', byCron('0 * * * *'), '13:09:59', '13:00:00'],
    ['none that is missed already', hourly, '13:10:00', '14:00:00'],
    ['no run that is either', byCron('0 * * * *'), '13:10:00', '14:00:00'],
  ])('that was missed awaits %s', (_, plan, clock, next) => {
    const { awaited } = miss(MONITOR, plan, awaiting('09:00:00'), looked(clock))
    expect(clockOf(awaited.expectedAt)).toBe(next)
  })

  it('is not kept by a start alone', () => {
    const { awaited } = hear(MONITOR, hourly, awaiting('09:00:00'), start, at('09:05:00'))
    expect(miss(MONITOR, hourly, awaited, looked('09:10:00')).result).toMatchObject({
      errorKind: 'HEARTBEAT_MISSED',
      message:
        'The run that started at 2026-11-20 09:05:00 UTC had not ended by 2026-11-20 09:10:00 UTC',
    })
  })

  it('is a day that is kept, however long ago it was', () => {
    const longAgo = at('09:00:00') - 90 * 86_400_000
    const awaited = { expectedAt: longAgo, dueAt: longAgo + 600_000, startedAt: null }
    const { result } = miss(MONITOR, hourly, awaited, looked('09:00:00'))
    expect(result?.scheduledAt).toBe(at('09:00:00'))
  })
})

describe('a run while Pharos was away', () => {
  const daily = byCron('0 9 * * *')

  it.each<[string, HeartbeatPlan, string, string, string]>([
    ['before it could come: it is missed', hourly, '08:40:00', '08:50:00', 'HEARTBEAT_MISSED'],
    ['when it could come early', hourly, '08:40:00', '08:50:00.001', 'PROBE_FAILURE'],
    ['before it, of a cron expression', daily, '08:40:00', '08:59:50', 'HEARTBEAT_MISSED'],
    ['into what is early there', daily, '08:40:00', '08:59:50.001', 'PROBE_FAILURE'],
    ['for a minute of its grace', daily, '09:00:00', '09:01:00', 'PROBE_FAILURE'],
    ['at the end of its grace', hourly, '09:09:00', '09:10:00', 'PROBE_FAILURE'],
    ['all the time', hourly, '08:00:00', '09:30:00', 'PROBE_FAILURE'],
    ['after it, and perhaps before', hourly, '09:10:01', '09:30:00', 'PROBE_FAILURE'],
  ])('%s', (_, plan, from, to, errorKind) => {
    const away = { from: at(from), to: at(to) }
    const { result } = miss(MONITOR, plan, awaiting('09:00:00'), looked('09:30:00', away))
    expect(result).toMatchObject({
      errorKind,
      outcome: errorKind === 'PROBE_FAILURE' ? 'UNKNOWN' : 'DOWN',
    })
  })

  it('is told with both bounds', () => {
    const away = { from: at('08:58:00'), to: at('09:03:00') }
    expect(miss(MONITOR, hourly, awaiting('09:00:00'), looked('09:10:00', away))).toMatchObject({
      awaited: awaiting('10:00:00'),
      result: {
        scheduledAt: at('09:00:00'),
        message:
          'Pharos was away from 2026-11-20 08:58:00 UTC to 2026-11-20 09:03:00 UTC and may not have heard the run expected at 2026-11-20 09:00:00 UTC',
      },
    })
  })

  it.each([
    ['may still come within its grace', '09:09:59', '09:00:00'],
    ['is followed by the next in time', '11:05:00', '11:00:00'],
  ])('%s', (_, clock, next) => {
    const away = { from: at('08:58:00'), to: at('09:03:00') }
    const { awaited } = miss(MONITOR, hourly, awaiting('09:00:00'), looked(clock, away))
    expect(clockOf(awaited.expectedAt)).toBe(next)
  })
})

describe('another plan', () => {
  const change = (after: HeartbeatPlan, awaited = awaiting('09:00:00')) => {
    const { expectedAt, dueAt } = replan(awaited, { before: hourly, after }, at('08:30:00'))
    return [clockOf(expectedAt), clockOf(dueAt)]
  }

  it.each<[string, HeartbeatPlan, (string | null)[]]>([
    ['a period counts from now', { ...hourly, periodSeconds: 600 }, ['08:40:00', '08:50:00']],
    ['so do the runs of a cron expression', byCron('45 * * * *'), ['08:45:00', '08:55:00']],
    ['a grace alone leaves the run', { ...hourly, graceSeconds: 60 }, ['09:00:00', '09:01:00']],
  ])('%s', (_, after, expected) => {
    expect(change(after)).toEqual(expected)
  })

  it('awaits nothing before the first call', () => {
    expect(change(byCron('45 * * * *'), NOTHING_AWAITED)).toEqual([null, null])
  })
})
