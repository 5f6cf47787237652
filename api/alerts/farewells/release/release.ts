import { invariant } from '../../../../core/invariant.ts'
import type { Quiet } from '../../contacts/quiet-hours.ts'
import type { Notice } from '../../message.ts'
import { decideGate, fairWeather, type PassingReason } from '../../withholding/withholding.ts'

/** A farewell that has waited for others, or for a better hour. Instants are epoch milliseconds. */
export type Due = Waiting & {
  id: string
  workspaceId: string
  /** What its channel is called by now. */
  recipient: string
  /** Why it was kept back; null where it was not. */
  reason: PassingReason | null
  notice: Notice
}

export type Waiting = {
  createdAt: number
  /** Until when the youngest to the same reader waits for others; null for a program, which gets each by itself. */
  youngestUntil: number | null
  /** Of the contact whose channel it goes over, by now. */
  quiet: Quiet | null
  notice: Pick<Notice, 'incidentKind'>
}

/** When it is looked at again, and why, where that is for a better hour; null: it goes out now. */
export type Delay = { reviewAt: number; reason: PassingReason | null } | null

/** However many still come, whoever reads is told after so long. */
const TOGETHER_FOR_MS = 5 * 60_000

/** Whoever deletes many monitors does so within seconds: who reads of it is told of them together. */
export function delayOf(waiting: Waiting, nowMs: number): Delay {
  const { createdAt, youngestUntil } = waiting
  const isYoung = nowMs < createdAt + TOGETHER_FOR_MS
  if (isYoung && youngestUntil !== null && youngestUntil > nowMs) {
    return { reviewAt: youngestUntil, reason: null }
  }
  return untilLetThrough(waiting, nowMs)
}

/** The end of an outage is told at any hour. */
function untilLetThrough({ notice, quiet }: Waiting, nowMs: number): Delay {
  const gate = decideGate(
    {
      type: 'RESOLVED',
      isOver: false,
      isOutage: notice.incidentKind === 'DOWN',
      isBeginningWithheld: false,
      quiet,
      condition: fairWeather,
    },
    nowMs,
  )
  if (gate.isOpen) return null
  invariant(gate.reviewAt !== null, 'the last word on a monitor is kept back for a while at most')
  return { reviewAt: gate.reviewAt, reason: gate.reason }
}

/** What it tells now: how late it is, where it was kept back. */
export function lateNotice(
  { reason, notice }: Pick<Due, 'reason' | 'notice'>,
  nowMs: number,
): Notice {
  const lateness = reason && { reason, forMs: nowMs - notice.decidedAt }
  return { ...notice, lateness }
}
