import { ofIncident } from '../../../changes/change.ts'
import { announce } from '../../../changes/deeds.ts'
import type { Deps } from '../../../deps.ts'
import type { IncidentEntry } from '../../../incidents/entries/entry.ts'
import { insertEntries } from '../../../incidents/entries/store.ts'
import { inTransaction, type Transaction } from '../../../platform/database.ts'
import { handNews, type IncidentPlace } from '../../alert.ts'
import { eachOnce } from '../../audience/audience.ts'
import { readAudience } from '../../audience/store.ts'
import { writeAlerts } from '../../deeds.ts'
import { decideAlerts, gateOf, intend, type Weather } from '../../telling.ts'
import { readConditions } from '../../withholding/store.ts'
import {
  type Call,
  decideStep,
  type DueStep,
  exceptCalled,
  reopenEntry,
  type StepDecision,
  stepEntry,
} from './step.ts'
import { lockDueSteps, lockStep, readRecipients, reopenIncidents, saveSteps } from './store.ts'

const DUE_MOST = 200

/** The gate of those who are called asks for no hours: DOWN passes at night. */
const anybody = { quiet: null, isWithheld: false }

type Decided = { due: DueStep; decision: StepDecision }

/** An acknowledgement that has ended: of which incident, and what the timeline says of it. */
type Lapse = { place: IncidentPlace; entry: IncidentEntry }

/**
 * Takes the steps that are due; true where no more are left. What is acknowledged and due has been so
 * for too long: it opens again, and its first step is taken.
 */
export function takeDueSteps({ database }: Pick<Deps, 'database'>): Promise<boolean> {
  return inTransaction(database, async (tx) => {
    const { due, nowMs } = await lockDueSteps(tx, DUE_MOST)
    if (due.length === 0) return true
    const lapsed = due.filter(({ isAcknowledged }) => isAcknowledged)
    const lapses = lapsed.map((one) => ({ place: one.news, entry: reopenEntry(one, nowMs) }))
    await callNext(tx, due, lapses, nowMs)
    return due.length < DUE_MOST
  })
}

/** Somebody has ended it before its time: all goes on as where it ends by itself. */
export async function endAcknowledgement(
  tx: Transaction,
  lapse: Lapse,
  nowMs: number,
): Promise<void> {
  await callNext(tx, await lockStep(tx, lapse.place), [lapse], nowMs)
}

/** Nobody is at these: what was acknowledged is open again, and who is next is called. */
async function callNext(
  tx: Transaction,
  due: DueStep[],
  lapses: Lapse[],
  nowMs: number,
): Promise<void> {
  const monitorIds = new Set(due.map(({ news }) => news.monitorId))
  const weather = {
    conditions: await readConditions(tx, [...monitorIds]),
    outages: new Set(due.map(({ news }) => news.incidentId)),
  }
  const decided = due.map((one) => ({ due: one, decision: decide(one, weather, nowMs) }))
  await saveSteps(tx, decided.map(placeAfter))
  const calls = await readCalls(tx, decided)
  await reopen(tx, lapses, calls, nowMs)
  await call(tx, calls, weather, nowMs)
}

function decide(due: DueStep, weather: Weather, nowMs: number): StepDecision {
  return decideStep(due, gateOf(due.news, anybody, weather, nowMs), nowMs)
}

function placeAfter({ due: { news, step }, decision }: Decided) {
  const { incidentId } = news
  const nextStep = decision.deed === 'TAKE' ? decision.nextStep : step
  return { incidentId, nextStep, dueAt: decision.dueAt }
}

/** Nobody is at these any more: whoever hears it by no call is told so. */
async function reopen(
  tx: Transaction,
  lapses: Lapse[],
  calls: Call[],
  nowMs: number,
): Promise<void> {
  if (lapses.length === 0) return
  const news = lapses.map(({ place }) => handNews(place, 'REOPENED'))
  await reopenIncidents(
    tx,
    news.map(({ incidentId }) => incidentId),
  )
  await insertEntries(
    tx,
    lapses.map(({ entry }) => entry),
  )
  announce(
    tx,
    news.map((one) => ofIncident(one, 'UPDATED')),
  )
  const audience = exceptCalled(await readAudience(tx, news), calls)
  await writeAlerts(tx, decideAlerts(news, audience, nowMs).alerts)
}

async function readCalls(tx: Transaction, decided: Decided[]): Promise<Call[]> {
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

async function call(
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
