import { ofIncident } from '../../../changes/change.ts'
import { announce } from '../../../changes/deeds.ts'
import type { Deps } from '../../../deps.ts'
import { insertEntries } from '../../../incidents/entries/store.ts'
import { inTransaction, type Transaction } from '../../../platform/database.ts'
import { handNews } from '../../alert.ts'
import { eachOnce, type Recipient } from '../../audience/audience.ts'
import { tell, writeAlerts } from '../../deeds.ts'
import { gateOf, intend, type Weather } from '../../telling.ts'
import { readConditions } from '../../withholding/store.ts'
import { decideStep, type DueStep, reopenEntry, type StepDecision, stepEntry } from './step.ts'
import { lockDueSteps, readRecipients, reopenIncidents, saveSteps } from './store.ts'

const DUE_MOST = 200

/** The gate of those who are called asks for no hours: DOWN passes at night. */
const anybody = { quiet: null, isWithheld: false }

type Decided = { due: DueStep; decision: StepDecision }

/** A step and whom of it there is a way to tell. */
type Call = { due: DueStep; channelIds: string[]; recipients: Recipient[] }

/**
 * Takes the steps that are due; true where no more are left. What is acknowledged and due has been so
 * for too long: it opens again, and its first step is taken.
 */
export function takeDueSteps({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockDueSteps(tx, DUE_MOST)
    if (due.length === 0) return true
    const monitorIds = new Set(due.map(({ news }) => news.monitorId))
    const weather = {
      conditions: await readConditions(tx, [...monitorIds]),
      outages: new Set(due.map(({ news }) => news.incidentId)),
    }
    const decided = due.map((one) => ({ due: one, decision: decide(one, weather, nowMs) }))
    await saveSteps(tx, decided.map(placeAfter))
    await reopen(
      tx,
      due.filter(({ isAcknowledged }) => isAcknowledged),
      nowMs,
    )
    await take(tx, await prepare(tx, decided), weather, nowMs)
    return due.length < DUE_MOST
  })
}

function decide(due: DueStep, weather: Weather, nowMs: number): StepDecision {
  return decideStep(due, gateOf(due.news, anybody, weather, nowMs), nowMs)
}

function placeAfter({ due: { news, step }, decision }: Decided) {
  const { incidentId } = news
  const nextStep = decision.deed === 'TAKE' ? decision.nextStep : step
  return { incidentId, nextStep, dueAt: decision.dueAt }
}

/** Their acknowledgements have ended. */
async function reopen(tx: Transaction, lapsed: DueStep[], nowMs: number): Promise<void> {
  const news = lapsed.map((one) => handNews(one.news, 'REOPENED'))
  await reopenIncidents(
    tx,
    news.map(({ incidentId }) => incidentId),
  )
  await insertEntries(
    tx,
    lapsed.map((one) => reopenEntry(one, nowMs)),
  )
  announce(
    tx,
    news.map((one) => ofIncident(one, 'UPDATED')),
  )
  await tell(tx, news, nowMs)
}

async function prepare(tx: Transaction, decided: Decided[]): Promise<Call[]> {
  const steps = decided.flatMap(({ due, decision }) =>
    decision.deed === 'TAKE' ? [{ due, channelIds: decision.channelIds }] : [],
  )
  const channelIds = new Set(steps.flatMap((step) => step.channelIds))
  const known = await readRecipients(tx, [...channelIds])
  return steps.map((step) => ({
    ...step,
    recipients: eachOnce(step.channelIds.flatMap((id) => known.get(id) ?? [])),
  }))
}

async function take(
  tx: Transaction,
  calls: Call[],
  weather: Weather,
  nowMs: number,
): Promise<void> {
  await insertEntries(
    tx,
    calls.flatMap(
      ({ due, channelIds, recipients }) => stepEntry(due, channelIds, recipients, nowMs) ?? [],
    ),
  )
  announce(
    tx,
    calls.map(({ due }) => ofIncident(due.news, 'UPDATED')),
  )
  const intents = calls.flatMap(({ due: { news, round }, recipients }) =>
    recipients.map((recipient) =>
      intend(news, { recipient, isWithheld: false }, weather, nowMs, round),
    ),
  )
  await writeAlerts(tx, intents)
}
