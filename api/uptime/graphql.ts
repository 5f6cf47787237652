import { builder } from '../graphql/builder.ts'
import { workspaceOf } from '../graphql/context.ts'
import {
  costOfDays,
  costOfLatency,
  costOfUptime,
  DAYS_COST,
  LATENCY_COST,
  UPTIME_COST,
} from './cost.ts'
import { checkCountRatio, type CheckCounts } from './counts.ts'
import { RELATIVE_ERROR } from './latency.ts'
import {
  loadCheckCounts,
  readLatencyPoints,
  readUptimeDays,
  readUptimes,
  type DaysQuestion,
  type LatencyPoint,
  type LatencyQuestion,
  type MonitorUptime,
  type UptimeDay,
  type UptimeQuestion,
} from './reading.ts'
import type { Uptime } from './uptime.ts'
import { checkChart, checkDays, checkWindow } from './window.ts'

const DEFAULT_DAYS = 30
const DEFAULT_TIME_ZONE = 'UTC'
const DEFAULT_POINTS = 60

const read = { permission: 'MONITORS_READ' } as const

const COUNTS_COST = { field: 10, multiplier: 1 }

const UptimeParts = builder.interfaceRef<Uptime>('UptimeParts').implement({
  description:
    'What a monitor was from `from` to `to`, a window clipped to the time between its creation and now. The seconds are exact to the millisecond and sum to the window.',
  authScopes: read,
  fields: (t) => ({
    from: t.expose('from', { type: 'DateTime', description: 'The first instant of the window.' }),
    to: t.expose('to', { type: 'DateTime', description: 'The first instant after the window.' }),
    ratio: t.exposeFloat('ratio', {
      nullable: true,
      description:
        'Up and degraded over up, degraded and down, 0–1; null where none of them was observed. 1 means no downtime at all: cut it when you show it, do not round it.',
    }),
    upSeconds: t.float({
      description: 'Seconds up, and fast enough.',
      resolve: ({ upMs }) => upMs / 1000,
    }),
    degradedSeconds: t.float({
      description: 'Seconds up, and too slow.',
      resolve: ({ degradedMs }) => degradedMs / 1000,
    }),
    downSeconds: t.float({
      description: 'Seconds down, outside maintenance.',
      resolve: ({ downMs }) => downMs / 1000,
    }),
    maintenanceSeconds: t.float({
      description: 'Seconds of maintenance windows, whatever the checks said.',
      resolve: ({ maintenanceMs }) => maintenanceMs / 1000,
    }),
    pausedSeconds: t.float({
      description: 'Seconds paused.',
      resolve: ({ pausedMs }) => pausedMs / 1000,
    }),
    unknownSeconds: t.float({
      description: 'Seconds in which nobody could tell, those before the first vote included.',
      resolve: ({ unknownMs }) => unknownMs / 1000,
    }),
  }),
})

const CheckCountsType = builder.objectRef<CheckCounts>('CheckCounts').implement({
  description:
    'How many checks found what, re-checks included, all regions together. What came too late to decide anything is not counted.',
  authScopes: read,
  fields: (t) => ({
    up: t.exposeInt('up', { description: 'Checks that found the target up.' }),
    down: t.exposeInt('down', { description: 'Checks that found it down.' }),
    unknown: t.exposeInt('unknown', { description: 'Checks that told nothing of it.' }),
  }),
})

const UptimeType = builder.objectRef<MonitorUptime>('Uptime').implement({
  description: 'The uptime of one window, by exact interval arithmetic over the transitions.',
  authScopes: read,
  interfaces: [UptimeParts],
  fields: (t) => ({
    checkCounts: t.field({
      type: CheckCountsType,
      description:
        'The checks due in the hours of UTC that the window touches: its first and its last hour count in full.',
      complexity: COUNTS_COST,
      resolve: (uptime, _args, context) => loadCheckCounts(context, uptime),
    }),
    checkCountRatio: t.float({
      nullable: true,
      description:
        'Checks that found the target up over those that found it up or down, of `checkCounts`, 0–1 and not rounded; null where there are none. Not the uptime: it takes all checks alike, and a failing target is checked more often. For that see `ratio`.',
      complexity: COUNTS_COST,
      resolve: async (uptime, _args, context) =>
        checkCountRatio(await loadCheckCounts(context, uptime)),
    }),
  }),
})

const UptimeDayType = builder.objectRef<UptimeDay>('UptimeDay').implement({
  description: 'The uptime of one calendar day: of 23 or 25 hours where the clocks change.',
  authScopes: read,
  interfaces: [UptimeParts],
  fields: (t) => ({
    date: t.exposeString('date', { description: 'The day in its time zone: `2026-11-20`.' }),
  }),
})

const LatencyPointType = builder.objectRef<LatencyPoint>('LatencyPoint').implement({
  description: `One step of a latency chart: percentiles over the checks that found the target up, all regions together, off by at most ${(100 * RELATIVE_ERROR).toFixed(1)} %.`,
  authScopes: read,
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'The first instant of the step.' }),
    count: t.exposeInt('count', { description: 'How many checks the percentiles are of.' }),
    p50: t.exposeFloat('p50', {
      nullable: true,
      description: 'The median, milliseconds; null without checks.',
    }),
    p95: t.exposeFloat('p95', {
      nullable: true,
      description: 'The 95th percentile, milliseconds; null without checks.',
    }),
    p99: t.exposeFloat('p99', {
      nullable: true,
      description: 'The 99th percentile, milliseconds; null without checks.',
    }),
  }),
})

builder.prismaObjectFields('Monitor', (t) => {
  const window = {
    from: t.arg({
      type: 'DateTime',
      description:
        'The first instant, at most 400 days before `to`; 24 hours before it by default.',
    }),
    to: t.arg({ type: 'DateTime', description: 'The first instant after it; now by default.' }),
  }
  return {
    uptime: t.loadable({
      type: UptimeType,
      description: `What the monitor was over a window, the last 24 hours by default. ${UPTIME_COST} Errors: BAD_USER_INPUT.`,
      complexity: (window, { deps }) => costOfUptime(window, deps.clock.now()),
      args: window,
      load: (questions: UptimeQuestion[], context) =>
        readUptimes(context.deps, workspaceOf(context), questions),
      resolve: ({ id }, { from, to }, { deps }) => {
        checkWindow({ from, to }, deps.clock.now())
        return { monitorId: id, from, to }
      },
    }),
    uptimeDays: t.loadableList({
      type: UptimeDayType,
      description: `The uptime of the last days, oldest first, today included. ${DAYS_COST} Errors: BAD_USER_INPUT.`,
      complexity: ({ days }) => costOfDays(days ?? DEFAULT_DAYS),
      args: {
        days: t.arg.int({
          defaultValue: DEFAULT_DAYS,
          description: 'How many days, 1–400.',
        }),
        timeZone: t.arg.string({
          defaultValue: DEFAULT_TIME_ZONE,
          description: 'The IANA time zone that says when days begin.',
        }),
      },
      load: (questions: DaysQuestion[], context) =>
        readUptimeDays(context.deps, workspaceOf(context), questions),
      resolve: ({ id }, args) => {
        const days = args.days ?? DEFAULT_DAYS
        const timeZone = args.timeZone ?? DEFAULT_TIME_ZONE
        checkDays(days, timeZone)
        return { monitorId: id, days, timeZone }
      },
    }),
    latency: t.loadableList({
      type: LatencyPointType,
      description: `Latency percentiles over a window, the last 24 hours by default, in equal steps. Windows that begin over 6 hours ago are made of whole hours of UTC. ${LATENCY_COST} Errors: BAD_USER_INPUT.`,
      args: {
        ...window,
        points: t.arg.int({
          defaultValue: DEFAULT_POINTS,
          description: 'At most how many steps, 1–500.',
        }),
      },
      complexity: ({ points, ...window }, { deps }) =>
        costOfLatency(points ?? DEFAULT_POINTS, window, deps.clock.now()),
      load: (questions: LatencyQuestion[], context) =>
        readLatencyPoints(context.deps, workspaceOf(context), questions),
      resolve: ({ id }, { from, to, ...args }, { deps }) => {
        const points = args.points ?? DEFAULT_POINTS
        checkChart(points, { from, to }, deps.clock.now())
        return { monitorId: id, from, to, points }
      },
    }),
  }
})
