import { invariant } from '../../../../core/invariant.ts'
import type { IncidentEntry } from '../../../incidents/entries/entry.ts'
import type { News } from '../../alert.ts'
import { type Audience, isSame, type Recipient, whereListening } from '../../audience/audience.ts'
import type { Gate } from '../../withholding/withholding.ts'
import type { EscalationStep, Policy } from '../policy.ts'

/** An incident whose next step is due, or whose acknowledgement has ended. Instants are epoch milliseconds. */
export type DueStep = {
  news: News
  policy: Policy
  /** Counted over all rounds; what is acknowledged begins again. */
  step: number
  isAcknowledged: boolean
  /** Which telling of the same news it is; the first one was when the incident opened. */
  round: number
  /** Channels that were told just now, by the same opening; those of a mailbox also where it was by its address. */
  justTold: string[]
  /** When somebody was first told of it, or was to be; null while nobody was. */
  toldAt: number | null
  /** It is withheld from everybody. */
  isWithheld: boolean
}

/** A step that is taken, and whom of it there is a way to tell. */
export type Call = { due: DueStep; channelIds: string[]; recipients: Recipient[] }

/** What becomes of a step that is due. */
export type StepDecision =
  | { deed: 'WAIT'; dueAt: number }
  /** Whom to tell now; `dueAt` is null where there is no next one. */
  | { deed: 'TAKE'; channelIds: string[]; nextStep: number; dueAt: number | null }

const MINUTE_MS = 60_000
/** How often it is asked whether what is withheld has gone out. */
const LOOK_AGAIN_MS = 5_000
/** How often it is asked whether the gate has opened before its time: work may be cut short. */
const GATE_LOOK_MS = 60_000

/** Others come after the first: while it is told to nobody no step is taken, and then the first one has its wait. */
export function decideStep(due: DueStep, gate: Gate, nowMs: number): StepDecision {
  const until = waitOf(due, gate, nowMs)
  if (until !== null) return { deed: 'WAIT', dueAt: until }
  const { policy, step, justTold } = due
  const { steps, repeats } = policy
  const nextStep = step + 1
  const isLast = nextStep >= steps.length * (repeats + 1)
  return {
    deed: 'TAKE',
    channelIds: stepOf(policy, step).channelIds.filter((id) => !justTold.includes(id)),
    nextStep,
    dueAt: isLast ? null : nowMs + waitMsOf(policy, nextStep),
  }
}

/** Who is called now hears in the call that nobody is at it any more, and not once more by itself. */
export function exceptCalled(audience: Audience, calls: readonly Call[]): Audience {
  const isCalled = (incidentId: string, recipient: Recipient) =>
    calls.some(
      ({ due, recipients }) =>
        due.news.incidentId === incidentId && recipients.some((one) => isSame(one, recipient)),
    )
  return whereListening(audience, (incidentId, recipient) => !isCalled(incidentId, recipient))
}

/** What the timeline says of a step; null where everybody had been told just before. */
export function stepEntry(
  due: DueStep,
  channelIds: readonly string[],
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

/** What it says where an acknowledgement has ended by itself. */
export function reopenEntry(due: DueStep, nowMs: number): IncidentEntry {
  const text = `The acknowledgement held for ${due.policy.acknowledgementMinutes} minutes, and it is not over.`
  return { ...place(due, nowMs), kind: 'REOPENED', text }
}

function waitOf(
  { policy, step, toldAt, isWithheld }: DueStep,
  gate: Gate,
  nowMs: number,
): number | null {
  if (!gate.isOpen) return Math.min(gate.reviewAt ?? Infinity, nowMs + GATE_LOOK_MS)
  if (isWithheld) return nowMs + LOOK_AGAIN_MS
  const firstAt = step === 0 && toldAt !== null ? toldAt + waitMsOf(policy, 0) : nowMs
  return firstAt > nowMs ? firstAt : null
}

function waitMsOf(policy: Policy, step: number): number {
  return stepOf(policy, step).afterMinutes * MINUTE_MS
}

function stepOf({ steps }: Policy, step: number): EscalationStep {
  const found = steps[step % steps.length]
  invariant(found, 'a policy has at least one step')
  return found
}

function place({ news: { incidentId, workspaceId } }: DueStep, at: number) {
  return { incidentId, workspaceId, userId: null, at }
}
