import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { MAX_WINDOW_DAYS } from '../../uptime/window.ts'
import { type Schedule, SPANNED_DAYS } from '../recurrence.ts'
import { MAX_DURATION_MINUTES } from '../window.ts'
import { spansWithin } from './span.ts'
import {
  cutSpans,
  deleteSpans,
  insertSpans,
  lockShortWindow,
  lockTurns,
  readMonitorsOfWindows,
  saveSpannedUntil,
  saveTurns,
} from './store.ts'

const DAY_MS = 86_400_000
const AHEAD_MS = SPANNED_DAYS * DAY_MS
/** What is older is in no uptime. */
export const BACK_MS = MAX_WINDOW_DAYS * DAY_MS
/** What begins earlier has ended. */
const LONGEST_MS = MAX_DURATION_MINUTES * 60_000
const ALWAYS = { from: -Infinity, to: Infinity }
const TURNS_MOST = 20

type Place = { id: string; workspaceId: string }

/** The spans of a schedule that end after an instant, those to come among them. */
export async function reckonSpans(
  tx: Transaction,
  window: Place,
  schedule: Schedule,
  { fromMs, nowMs }: { fromMs: number; nowMs: number },
): Promise<void> {
  const to = nowMs + AHEAD_MS
  const isOnce = schedule.rrule === null
  const spans = spansWithin(schedule, isOnce ? ALWAYS : { from: fromMs - LONGEST_MS, to })
  const counted = spans.filter((span) => span.to > fromMs)
  await insertSpans(tx, window, counted, nowMs)
  await saveSpannedUntil(tx, window.id, isOnce ? null : to)
}

/** What happened once was as it is said now; of what recurs the past stays, and what goes on ends now. */
export async function replaceSpans(
  tx: Transaction,
  window: Place,
  { before, after }: { before: Schedule; after: Schedule },
  nowMs: number,
): Promise<void> {
  if (before.rrule === null) {
    await deleteSpans(tx, window.id, spansWithin(before, ALWAYS))
    await reckonSpans(tx, window, after, { fromMs: nowMs - BACK_MS, nowMs })
  } else {
    await cutSpans(tx, window.id, nowMs)
    await reckonSpans(tx, window, after, { fromMs: nowMs, nowMs })
  }
}

/** Reckons a window's spans some way further, unless somebody else is at it. */
export function extendSpans({ database, clock }: Deps, windowId: string): Promise<void> {
  return inTransaction(database, async (tx) => {
    const nowMs = clock.now()
    const window = await lockShortWindow(tx, windowId, nowMs + AHEAD_MS)
    if (!window) return
    const interval = { from: window.spannedUntil, to: nowMs + AHEAD_MS }
    await insertSpans(tx, window, spansWithin(window, interval), nowMs)
    await saveSpannedUntil(tx, window.id, interval.to)
  })
}

/** Tells of the monitors whose work has begun or ended; true where no more are left. Each turn is told once. */
export function tellTurns({ database, clock }: Pick<Deps, 'database' | 'clock'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const nowMs = clock.now()
    const spans = await lockTurns(tx, nowMs, TURNS_MOST)
    if (spans.length === 0) return true
    const windowIds = [...new Set(spans.map(({ windowId }) => windowId))]
    const monitors = await readMonitorsOfWindows(tx, windowIds)
    await saveTurns(tx, spans, nowMs)
    announce(
      tx,
      monitors.map((monitor) => ofMonitor(monitor, 'UPDATED', true)),
    )
    return spans.length < TURNS_MOST
  })
}
