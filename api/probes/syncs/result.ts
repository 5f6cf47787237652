import type { CheckKind } from '../../../core/check.ts'
import type { ProbeResult } from '../../../core/probe-protocol.ts'
import { slotAtOrAfter } from '../../../core/slot.ts'
import { hasPartition } from '../../checks/partitions/partition.ts'

/** How far a probe's clock may be off, whichever way. */
const CLOCK_TOLERANCE_MS = 60_000
/** Of any interval. A result from before a change of settings kept to one that nobody knows any more. */
const LONGEST_INTERVAL_SECONDS = 86_400

/** A monitor that the probe is to check now, as far as its results are judged by it. */
export type AssignedMonitor = {
  monitorId: string
  kind: CheckKind
  intervalSeconds: number
  decidableFrom: number
}

/** Why a result is refused; null where it is taken. */
export function judgeResult(
  result: ProbeResult,
  monitor: AssignedMonitor | undefined,
  nowMs: number,
): string | null {
  if (!monitor) return 'the monitor is not assigned to this probe'
  const { scheduledAt, checkedAt, details } = result
  if (checkedAt > nowMs + CLOCK_TOLERANCE_MS) return 'it is of the future'
  if (!hasPartition(scheduledAt, nowMs)) return 'its slot is of a day that is not kept'
  if (details && details.kind !== monitor.kind) return 'its details are of another kind of check'
  // What ran before is history: it was asked under settings of its own, and decides nothing.
  if (checkedAt < monitor.decidableFrom)
    return slotProblem(scheduledAt, checkedAt, LONGEST_INTERVAL_SECONDS)
  if (result.decidableFrom !== monitor.decidableFrom)
    return 'it answers a question that was changed before it was asked'
  if (slotAtOrAfter(monitor, scheduledAt) !== scheduledAt)
    return "it is in none of the monitor's slots"
  return slotProblem(scheduledAt, checkedAt, monitor.intervalSeconds)
}

/** A run belongs to the slot in whose interval it began. */
function slotProblem(
  scheduledAt: number,
  checkedAt: number,
  intervalSeconds: number,
): string | null {
  const waitedMs = checkedAt - scheduledAt
  if (waitedMs < -CLOCK_TOLERANCE_MS) return 'it ran before its slot'
  return waitedMs > intervalSeconds * 1000 + CLOCK_TOLERANCE_MS ? 'it ran after its slot' : null
}
