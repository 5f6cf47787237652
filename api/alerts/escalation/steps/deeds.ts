import { ofIncident } from '../../../changes/change.ts'
import { announce } from '../../../changes/deeds.ts'
import type { Deps } from '../../../deps.ts'
import { insertEntries } from '../../../incidents/entries/store.ts'
import { inTransaction, type Transaction } from '../../../platform/database.ts'
import type { AlertIntent } from '../../alert.ts'
import type { Recipient } from '../../audience/audience.ts'
import { writeAlerts } from '../../deeds.ts'
import { intend } from '../../telling.ts'
import { readConditions } from '../../withholding/store.ts'
import { type DueStep, reopenEntry, stepEntry, type TakenStep, takeStep } from './step.ts'
import { lockDueSteps, readRecipients, reopenIncidents, saveSteps } from './store.ts'

const DUE_MOST = 200

/** A step and whom of it there is a way to tell. */
type Call = { due: DueStep; taken: TakenStep; recipients: Recipient[] }

/**
 * Takes the steps that are due; true where no more are left. What is acknowledged and due has been so
 * for too long: it opens again, and its first step is taken.
 */
export function takeDueSteps({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockDueSteps(tx, DUE_MOST)
    if (due.length === 0) return true
    const calls = await prepare(tx, due)
    await saveSteps(
      tx,
      calls.map(({ due: { news }, taken }) => ({ ...taken, incidentId: news.incidentId })),
    )
    await note(tx, calls, nowMs)
    await writeAlerts(tx, await intents(tx, calls, nowMs))
    return due.length < DUE_MOST
  })
}

async function prepare(tx: Transaction, due: DueStep[]): Promise<Call[]> {
  const steps = due.map((one) => ({ due: one, taken: takeStep(one) }))
  const channelIds = steps.flatMap(({ taken }) => taken.channelIds)
  const known = await readRecipients(tx, [...new Set(channelIds)])
  return steps.map((step) => ({
    ...step,
    recipients: step.taken.channelIds.flatMap((id) => known.get(id) ?? []),
  }))
}

async function note(tx: Transaction, calls: Call[], nowMs: number): Promise<void> {
  const lapsed = calls.map(({ due }) => due).filter(({ isAcknowledged }) => isAcknowledged)
  await reopenIncidents(
    tx,
    lapsed.map(({ news }) => news.incidentId),
  )
  await insertEntries(tx, [
    ...lapsed.map((due) => reopenEntry(due, nowMs)),
    ...calls.flatMap(
      ({ due, taken, recipients }) => stepEntry(due, taken, recipients, nowMs) ?? [],
    ),
  ])
  announce(
    tx,
    calls.map(({ due }) => ofIncident(due.news, 'UPDATED')),
  )
}

async function intents(tx: Transaction, calls: Call[], nowMs: number): Promise<AlertIntent[]> {
  const monitorIds = new Set(calls.map(({ due }) => due.news.monitorId))
  const conditions = await readConditions(tx, [...monitorIds])
  return calls.flatMap(({ due: { news, round }, recipients }) =>
    recipients.map((recipient) =>
      intend(news, { recipient, isWithheld: false }, { conditions }, nowMs, round),
    ),
  )
}
