import { createContextCache } from '@pothos/core'
import DataLoader from 'dataloader'
import type { Deps } from '../deps.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import type { CheckCounts } from './counts.ts'
import { countOf, percentile, type Histogram } from './latency.ts'
import { countChecks, readHistories, readLatencies, type Monitors } from './store.ts'
import {
  lastDays,
  uptimeOf,
  uptimesOf,
  type Day,
  type History,
  type Interval,
  type Uptime,
} from './uptime.ts'
import { gridOf, hoursOf, hullOf, windowOf, type Grid, type WindowInput } from './window.ts'

type ReadDeps = Pick<Deps, 'database' | 'clock'>

export type UptimeQuestion = WindowInput & { monitorId: string }
export type DaysQuestion = { monitorId: string; days: number; timeZone: string }
export type LatencyQuestion = WindowInput & { monitorId: string; points: number }

export type MonitorUptime = Uptime & { monitorId: string }
export type UptimeDay = Uptime & { date: string }

/** A step of a latency chart; milliseconds, null where no check found the target up. */
export type LatencyPoint = {
  at: number
  count: number
  p50: number | null
  p95: number | null
  p99: number | null
}

/** Answers all questions of one operation with one statement. */
export async function readUptimes(
  deps: ReadDeps,
  workspaceId: string,
  questions: UptimeQuestion[],
): Promise<MonitorUptime[]> {
  const nowMs = deps.clock.now()
  const windows = questions.map((question) => windowOf(question, nowMs))
  const histories = await readAll(deps, workspaceId, questions, hullOf(windows))
  return questions.map(({ monitorId }, i) => ({
    ...uptimeOf(histories.get(monitorId) ?? gone(nowMs), windows[i]!, nowMs),
    monitorId,
  }))
}

/** The same, day by day, oldest first. */
export async function readUptimeDays(
  deps: ReadDeps,
  workspaceId: string,
  questions: DaysQuestion[],
): Promise<UptimeDay[][]> {
  const nowMs = deps.clock.now()
  const daysOf = sharedDays(nowMs)
  const windows = [...new Set(questions.map(daysOf))].flat()
  const histories = await readAll(deps, workspaceId, questions, hullOf(windows))
  return questions.map((question) =>
    dayByDay(histories.get(question.monitorId) ?? gone(nowMs), daysOf(question), nowMs),
  )
}

/** One statement for all monitors asked the same. */
export async function readLatencyPoints(
  deps: ReadDeps,
  workspaceId: string,
  questions: LatencyQuestion[],
): Promise<LatencyPoint[][]> {
  const nowMs = deps.clock.now()
  const grids = questions.map((question) =>
    gridOf(windowOf(question, nowMs), question.points, nowMs),
  )
  const asked = Map.groupBy(questions.keys(), (i) => JSON.stringify(grids[i]))
  const answers = new Map<number, LatencyPoint[]>()
  for (const same of asked.values()) {
    const grid = grids[same[0]!]!
    const monitorIds = same.map((i) => questions[i]!.monitorId)
    const met = await readMet(deps, { workspaceId, monitorIds }, grid)
    for (const i of same) answers.set(i, pointsOf(met.get(questions[i]!.monitorId) ?? [], grid))
  }
  return questions.map((_, i) => answers.get(i)!)
}

/** The checks behind an uptime; those of one operation in one statement, whatever their windows. */
export function loadCheckCounts(context: Context, uptime: MonitorUptime): Promise<CheckCounts> {
  return loaderOf(context).load(uptime)
}

const loaderOf = createContextCache(
  (context: Context) =>
    new DataLoader<MonitorUptime, CheckCounts>((uptimes) =>
      readCheckCounts(context.deps, workspaceOf(context), uptimes),
    ),
)

/** Those of the whole hours that each uptime touches. */
function readCheckCounts(
  { database }: ReadDeps,
  workspaceId: string,
  uptimes: readonly MonitorUptime[],
): Promise<CheckCounts[]> {
  const windows = uptimes.map((uptime) => ({ monitorId: uptime.monitorId, ...hoursOf(uptime) }))
  return countChecks(database.pool, workspaceId, windows)
}

function readAll(
  { database }: ReadDeps,
  workspaceId: string,
  questions: { monitorId: string }[],
  window: Interval,
): Promise<Map<string, History>> {
  const monitorIds = [...new Set(questions.map(({ monitorId }) => monitorId))]
  return readHistories(database.pool, { workspaceId, monitorIds }, window)
}

async function readMet({ database }: ReadDeps, monitors: Monitors, grid: Grid) {
  const rows = await readLatencies(database.pool, monitors, grid)
  return Map.groupBy(rows, ({ monitorId }) => monitorId)
}

/** A monitor deleted while it was asked about has no time to show. */
function gone(nowMs: number): History {
  return { createdAt: nowMs, transitions: [], maintenance: [] }
}

/** The calendar is worked out once for all monitors that are asked the same. */
function sharedDays(nowMs: number): (question: DaysQuestion) => Day[] {
  const known = new Map<string, Day[]>()
  return ({ days, timeZone }) =>
    known.getOrInsertComputed(`${days} ${timeZone}`, () => lastDays(days, timeZone, nowMs))
}

function dayByDay(history: History, days: Day[], nowMs: number): UptimeDay[] {
  return uptimesOf(history, days, nowMs).map((uptime, i) => ({ ...uptime, date: days[i]!.date }))
}

function pointsOf(met: (Histogram & { point: number })[], grid: Grid): LatencyPoint[] {
  const byPoint = new Map(met.map((histogram) => [histogram.point, histogram]))
  return Array.from({ length: grid.points }, (_, point) => {
    const histogram = byPoint.get(point) ?? { buckets: [], counts: [] }
    return {
      at: grid.from + point * grid.pointMs,
      count: countOf(histogram),
      p50: percentile(histogram, 0.5),
      p95: percentile(histogram, 0.95),
      p99: percentile(histogram, 0.99),
    }
  })
}
