import type { AlertType, WithheldReason } from '../../../generated/prisma/enums.ts'
import { type Quiet, quietUntil } from '../contacts/quiet-hours.ts'

/** What is known of a monitor that may keep its alerts back. Instants are epoch milliseconds. */
export type Condition = {
  /** The end of the maintenance that goes on; null where none does. */
  maintenanceUntil: number | null
  /** Whether a monitor that it depends on is down. */
  isParentDown: boolean
  /** When the last of those that were down lately came up; null where none was. */
  parentUpAt: number | null
  /** Since when it is known to be down, and of one of them not whether it is too; null where that is known. */
  parentsAwaitedSince: number | null
}

/** Why an alert never goes out. */
type LastingReason = 'NOT_TOLD' | 'OVER'

/** Why it does not go out yet. */
export type PassingReason = Exclude<WithheldReason, LastingReason>

/** Whether an alert goes out; `reviewAt` is when to ask again, null for never. */
export type Gate =
  | { isOpen: true }
  | { isOpen: false; reason: PassingReason; reviewAt: number }
  | { isOpen: false; reason: LastingReason; reviewAt: null }

/** One alert before the gate. */
export type Waiting = {
  type: AlertType
  /** Its incident has ended meanwhile, or never was; or somebody is at it, and this calls others. */
  isOver: boolean
  /** Its incident is that something is down. */
  isOutage: boolean
  /** Of an end: that the beginning is withheld from this recipient. */
  isBeginningWithheld: boolean
  quiet: Quiet | null
  condition: Condition
}

export const fairWeather: Condition = {
  maintenanceUntil: null,
  isParentDown: false,
  parentUpAt: null,
  parentsAwaitedSince: null,
}

/** How often it is asked whether a parent is up again. */
const PARENT_REVIEW_MS = 10_000
/** So long after its parent a monitor may take to come up by itself. */
export const PARENT_GRACE_MS = 60_000
/** So long at most a failure waits for its parents to be looked at: three checks in a row that time out. */
export const PARENT_WAIT_MS = 45_000
/** How often it is asked whether they have been. */
const PARENT_LOOK_MS = 1_000
/** Nothing is left alone for longer: whoever ends work, or quiet hours, misses what is being withheld at that moment. */
const REVIEW_MS = 60_000

const open: Gate = { isOpen: true }

/** The one place where alerts are kept back. An end is told to whoever was told the beginning, whatever else holds. */
export function decideGate(waiting: Waiting, nowMs: number): Gate {
  const { type, isOver, isOutage, isBeginningWithheld, quiet, condition } = waiting
  switch (type) {
    case 'DOWN':
      return isOver ? never('OVER') : duringTrouble(condition, nowMs)
    case 'SLOW':
    case 'CERTIFICATE_EXPIRY': {
      if (isOver) return never('OVER')
      const gate = duringTrouble(condition, nowMs)
      return gate.isOpen ? duringQuiet(quiet, nowMs) : gate
    }
    case 'ACKNOWLEDGED':
    case 'REOPENED':
      if (isOver) return never('OVER')
      return isBeginningWithheld ? never('NOT_TOLD') : duringQuiet(quiet, nowMs)
    case 'UP':
      return isBeginningWithheld ? never('NOT_TOLD') : open
    case 'RESOLVED':
      if (isBeginningWithheld) return never('NOT_TOLD')
      return isOutage ? open : duringQuiet(quiet, nowMs)
    case 'NORMAL':
    case 'CERTIFICATE_RENEWED':
      return isBeginningWithheld ? never('NOT_TOLD') : duringQuiet(quiet, nowMs)
  }
}

function duringTrouble(condition: Condition, nowMs: number): Gate {
  const { maintenanceUntil } = condition
  if (maintenanceUntil !== null && maintenanceUntil > nowMs) {
    return until('MAINTENANCE', Math.min(maintenanceUntil, nowMs + REVIEW_MS))
  }
  return underParents(condition, nowMs)
}

function underParents(
  { isParentDown, parentUpAt, parentsAwaitedSince }: Condition,
  nowMs: number,
): Gate {
  if (isParentDown) return until('DEPENDENCY', nowMs + PARENT_REVIEW_MS)
  const graceEndsAt = (parentUpAt ?? -Infinity) + PARENT_GRACE_MS
  if (graceEndsAt > nowMs) return until('DEPENDENCY', graceEndsAt)
  const waitEndsAt = (parentsAwaitedSince ?? -Infinity) + PARENT_WAIT_MS
  if (waitEndsAt <= nowMs) return open
  return until('PARENT_CHECK', Math.min(waitEndsAt, nowMs + PARENT_LOOK_MS))
}

function duringQuiet(quiet: Quiet | null, nowMs: number): Gate {
  const endsAt = quiet && quietUntil(quiet, nowMs)
  return endsAt === null ? open : until('QUIET_HOURS', Math.min(endsAt, nowMs + REVIEW_MS))
}

function until(reason: PassingReason, reviewAt: number): Gate {
  return { isOpen: false, reason, reviewAt }
}

function never(reason: LastingReason): Gate {
  return { isOpen: false, reason, reviewAt: null }
}
