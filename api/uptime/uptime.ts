import type { Status } from '../monitors/timeline.ts'

/** `[from, to)`, epoch milliseconds. */
export type Interval = { from: number; to: number }

/** Milliseconds spent in each state. Nothing overlaps and nothing is left out. */
export type Parts = {
  upMs: number
  degradedMs: number
  downMs: number
  maintenanceMs: number
  pausedMs: number
  unknownMs: number
}

/** What happened to one monitor: its transitions in force, oldest first, the last one before the window included. */
export type History = {
  createdAt: number
  transitions: { to: Status; at: number }[]
  maintenance: Interval[]
}

/** One window, clipped to the time in which the monitor existed; `ratio` is null where nothing was observed. */
export type Uptime = Interval & Parts & { ratio: number | null }

/** One calendar day of a time zone. */
export type Day = Interval & { date: string }

/** The exact partition of a window; nothing before creation, nothing after `nowMs`. */
export function uptimeOf(history: History, window: Interval, nowMs: number): Uptime {
  return uptimesOf(history, [window], nowMs)[0]!
}

/** The same for many windows in one pass; they are in order and do not overlap. */
export function uptimesOf(history: History, windows: Interval[], nowMs: number): Uptime[] {
  const segments = overlay(statusSegments(history, nowMs), mergeIntervals(history.maintenance))
  let first = 0
  return windows.map((window) => {
    const shown = clip(window, { from: history.createdAt, to: nowMs })
    while (first < segments.length && segments[first]!.to <= shown.from) first += 1
    const parts = tally(segments, first, shown)
    return { ...shown, ...parts, ratio: ratioOf(parts) }
  })
}

/** The last `days` days up to and including today, in a time zone: 23 or 25 hours long where its clocks change. */
export function lastDays(days: number, timeZone: string, nowMs: number): Day[] {
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timeZone)
  const tomorrow = today.toPlainDate().add({ days: 1 })
  const dates = Array.from({ length: days + 1 }, (_, i) => tomorrow.subtract({ days: days - i }))
  const starts = dates.map((date) => date.toZonedDateTime(timeZone).epochMilliseconds)
  return dates.slice(0, days).map((date, i) => ({
    date: date.toString(),
    from: starts[i]!,
    to: starts[i + 1]!,
  }))
}

/** The ratio for showing, cut after `decimals`: only a window without any downtime shows 1. */
export function floorRatio(parts: Parts, decimals: number): number | null {
  const seenMs = parts.upMs + parts.degradedMs
  const observedMs = seenMs + parts.downMs
  if (observedMs === 0) return null
  const scale = 10 ** decimals
  return Number((BigInt(seenMs) * BigInt(scale)) / BigInt(observedMs)) / scale
}

/** Intervals in order, those that touch or overlap made one. */
export function mergeIntervals(intervals: Interval[]): Interval[] {
  const merged: Interval[] = []
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    const last = merged.at(-1)
    if (last && from <= last.to) last.to = Math.max(last.to, to)
    else merged.push({ from, to })
  }
  return merged
}

type Segment = Interval & { part: keyof Parts }

const PART_OF = {
  UP: 'upMs',
  DEGRADED: 'degradedMs',
  DOWN: 'downMs',
  MAINTENANCE: 'maintenanceMs',
  PAUSED: 'pausedMs',
  UNKNOWN: 'unknownMs',
  PENDING: 'unknownMs',
} satisfies Record<Status, keyof Parts>

function ratioOf({ upMs, degradedMs, downMs }: Parts): number | null {
  const observedMs = upMs + degradedMs + downMs
  return observedMs === 0 ? null : (upMs + degradedMs) / observedMs
}

/** From creation to now without a gap: before the first transition nothing was known. */
function statusSegments({ createdAt, transitions }: History, nowMs: number): Segment[] {
  const starts = [{ to: 'PENDING' as const, at: createdAt }, ...transitions]
  return starts
    .map(({ to, at }, i) => ({
      part: PART_OF[to],
      from: Math.max(at, createdAt),
      to: Math.min(starts[i + 1]?.at ?? nowMs, nowMs),
    }))
    .filter(({ from, to }) => from < to)
}

/** Maintenance goes over everything but a pause. Both are in order: one pass suffices. */
function overlay(segments: Segment[], maintenance: Interval[]): Segment[] {
  const parts: Segment[] = []
  let first = 0
  for (const segment of segments) {
    while (first < maintenance.length && maintenance[first]!.to <= segment.from) first += 1
    if (segment.part === 'pausedMs') parts.push(segment)
    else cut(segment, maintenance, first, parts)
  }
  return parts
}

/** Adds a segment's parts, in order: what the windows from the `first` one on cover, and what they leave. */
function cut(segment: Segment, maintenance: Interval[], first: number, parts: Segment[]): void {
  let from = segment.from
  for (let i = first; i < maintenance.length && maintenance[i]!.from < segment.to; i += 1) {
    const covered = clip(maintenance[i]!, { from, to: segment.to })
    if (from < covered.from) parts.push({ ...segment, from, to: covered.from })
    parts.push({ part: 'maintenanceMs', ...covered })
    from = covered.to
  }
  if (from < segment.to) parts.push({ ...segment, from })
}

function tally(segments: Segment[], first: number, window: Interval): Parts {
  const parts: Parts = {
    upMs: 0,
    degradedMs: 0,
    downMs: 0,
    maintenanceMs: 0,
    pausedMs: 0,
    unknownMs: 0,
  }
  for (let i = first; i < segments.length && segments[i]!.from < window.to; i += 1) {
    const { from, to } = clip(segments[i]!, window)
    parts[segments[i]!.part] += to - from
  }
  return parts
}

/** The part of an interval inside the bounds; empty, and inside them too, where there is none. */
function clip(interval: Interval, bounds: Interval): Interval {
  const to = Math.max(bounds.from, Math.min(interval.to, bounds.to))
  return { from: Math.min(Math.max(interval.from, bounds.from), to), to }
}
