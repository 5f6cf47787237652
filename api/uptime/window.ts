import { type InputIssue, Refusal } from '../refusal.ts'
import type { Interval } from './uptime.ts'

const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS
/** Reading checks costs as much as there are: a monitor that is checked every 10 s has 2,160 in this time. */
const FINE_MS = 6 * HOUR_MS
export const MAX_WINDOW_DAYS = 400
export const MAX_DAYS = 400
export const MAX_POINTS = 500

export type WindowInput = { from?: Date | null; to?: Date | null }

/** Equal steps over a window. One that begins further back is made of whole hours, which the rollups hold. */
export type Grid = Interval & { pointMs: number; points: number; source: 'CHECKS' | 'ROLLUPS' }

/** What is asked for, epoch milliseconds: the last 24 hours where nothing is said. */
export function windowOf({ from, to }: WindowInput, nowMs: number): Interval {
  const toMs = to?.getTime() ?? nowMs
  return { from: from?.getTime() ?? toMs - DAY_MS, to: toMs }
}

/** Each check refuses with all that is wrong, not only with what it comes upon first. */
export function checkWindow(window: WindowInput, nowMs: number): void {
  refuse(windowIssues(window, nowMs))
}

export function checkDays(days: number, timeZone: string): void {
  refuse([...rangeIssues('days', days, MAX_DAYS), ...timeZoneIssues(timeZone)])
}

export function checkChart(points: number, window: WindowInput, nowMs: number): void {
  refuse([...windowIssues(window, nowMs), ...rangeIssues('points', points, MAX_POINTS)])
}

/** At most `most` steps. */
export function gridOf(window: Interval, most: number, nowMs: number): Grid {
  const isFine = window.from >= nowMs - FINE_MS
  return isFine ? grid(window, most, 1, 'CHECKS') : grid(window, most, HOUR_MS, 'ROLLUPS')
}

/** From the first instant of any of the windows to the last; there is at least one, and may be very many. */
export function hullOf(windows: Interval[]): Interval {
  return windows.reduce((hull, { from, to }) => ({
    from: Math.min(hull.from, from),
    to: Math.max(hull.to, to),
  }))
}

/** The whole hours, of UTC, that a window touches: it begins in the first and ends in the last. */
export function hoursOf({ from, to }: Interval): Interval {
  const end = from < to ? Math.ceil(to / HOUR_MS) : Math.floor(from / HOUR_MS)
  return { from: Math.floor(from / HOUR_MS) * HOUR_MS, to: end * HOUR_MS }
}

/** Of whole units, the first of them cut off where it alone would take a step too many. */
function grid(window: Interval, most: number, unitMs: number, source: Grid['source']): Grid {
  const pointMs = Math.ceil((window.to - window.from) / most / unitMs) * unitMs
  const unitAt = Math.floor(window.from / unitMs) * unitMs
  const to = Math.ceil(window.to / unitMs) * unitMs
  const from = unitAt + most * pointMs < to ? unitAt + unitMs : unitAt
  return { from, to, pointMs, points: Math.ceil((to - from) / pointMs), source }
}

function windowIssues(window: WindowInput, nowMs: number): InputIssue[] {
  const { from, to } = windowOf(window, nowMs)
  if (from >= to) return [issue('from', 'must be before `to`')]
  if (to - from <= MAX_WINDOW_DAYS * DAY_MS) return []
  return [issue('from', `must be at most ${MAX_WINDOW_DAYS} days before \`to\``)]
}

function rangeIssues(field: string, value: number, most: number): InputIssue[] {
  return value < 1 || value > most ? [issue(field, `must be from 1 to ${most}`)] : []
}

function timeZoneIssues(timeZone: string): InputIssue[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone }).format()
    return []
  } catch {
    return [issue('timeZone', 'must be an IANA time zone, such as Europe/Berlin')]
  }
}

function issue(field: string, message: string): InputIssue {
  return { path: [field], message }
}

function refuse(issues: InputIssue[]): void {
  if (issues.length === 0) return
  const sentences = issues.map(({ path, message }) => `\`${path.join('.')}\` ${message}.`)
  throw new Refusal('BAD_USER_INPUT', sentences.join(' '), { issues })
}
