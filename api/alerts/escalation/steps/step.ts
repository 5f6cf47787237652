import type { IncidentEntry } from '../../../incidents/entries/entry.ts'
import type { News } from '../../alert.ts'
import type { Recipient } from '../../audience/audience.ts'
import type { Policy } from '../policy.ts'

/** An incident whose next step is due, or whose acknowledgement has ended. */
export type DueStep = {
  news: News
  policy: Policy
  /** Counted over all rounds; what is acknowledged begins again. */
  step: number
  isAcknowledged: boolean
  /** Which telling of the same news it is; the first one was when the incident opened. */
  round: number
  /** Channels that were told just now: by the same opening. */
  justTold: string[]
}

export type TakenStep = {
  channelIds: string[]
  nextStep: number
  /** Null: there is none. */
  nextInMinutes: number | null
}

/** Whom to tell now, and when to look again. */
export function takeStep({ policy: { steps, repeats }, step, justTold }: DueStep): TakenStep {
  const nextStep = step + 1
  const isLast = nextStep >= steps.length * (repeats + 1)
  const channelIds = steps[step % steps.length]?.channelIds ?? []
  return {
    channelIds: channelIds.filter((id) => !justTold.includes(id)),
    nextStep,
    nextInMinutes: isLast ? null : (steps[nextStep % steps.length]?.afterMinutes ?? null),
  }
}

/** What the timeline says of a step; null where everybody had been told just before. */
export function stepEntry(
  due: DueStep,
  { channelIds }: TakenStep,
  recipients: readonly Recipient[],
  nowMs: number,
): IncidentEntry | null {
  if (channelIds.length === 0) return null
  const number = (due.step % due.policy.steps.length) + 1
  const names = recipients.map(({ address }) => address).join(', ')
  const told = names ? `told: ${names}` : 'none of its channels works'
  return {
    ...place(due, nowMs),
    kind: 'ESCALATED',
    text: `Nobody is at it. Step ${number}, ${told}.`,
  }
}

/** What it says where an acknowledgement has ended. */
export function reopenEntry(due: DueStep, nowMs: number): IncidentEntry {
  const text = `The acknowledgement held for ${due.policy.acknowledgementMinutes} minutes, and it is not over.`
  return { ...place(due, nowMs), kind: 'REOPENED', text }
}

function place({ news: { incidentId, workspaceId } }: DueStep, at: number) {
  return { incidentId, workspaceId, userId: null, at }
}
