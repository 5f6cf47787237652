import { ofAlert, ofIncident } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { Deps } from '../deps.ts'
import { unheardEntry } from '../incidents/entries/entry.ts'
import { insertEntries } from '../incidents/entries/store.ts'
import type { Settlement } from '../outbox/delivery.ts'
import type { Transaction } from '../platform/database.ts'
import { type AlertIntent, type News, nextRecipient, type Telling } from './alert.ts'
import { insertAlerts, readCandidates, readPlace, readSiblings } from './store.ts'

/** Writes the alerts, and into the timelines what nobody could be told. */
export async function tell(
  tx: Transaction,
  { alerts, unheard }: Telling,
  nowMs: number,
): Promise<void> {
  await writeAlerts(tx, alerts)
  await noteUnheard(tx, unheard, 'NO_ADDRESS', nowMs)
}

/** An attempt to send an alert has come to something. */
export async function followAttempt(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  alertId: string,
  { status }: Settlement,
): Promise<void> {
  const place = await readPlace(tx, alertId)
  if (!place) return
  announce(tx, [ofAlert(place, 'UPDATED')])
  if (status === 'FAILED') await tellSomebodyElse(deps, tx, alertId)
}

/** An alert was given up: the next person in line is told instead, or the incident says that nobody was. */
async function tellSomebodyElse(
  { mailer, clock }: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  alertId: string,
): Promise<void> {
  const siblings = await readSiblings(tx, alertId)
  const failed = siblings.find((sibling) => sibling.id === alertId)
  if (!failed) return
  const candidates = await readCandidates(tx, [failed.monitorId])
  const recipient = nextRecipient(
    candidates.get(failed.monitorId) ?? [],
    siblings.map((sibling) => sibling.recipient),
  )
  if (recipient) return writeAlerts(tx, [{ ...failed, recipient }])
  if (siblings.some((sibling) => sibling.status !== 'FAILED')) return
  const why = mailer.isConfigured ? 'NO_ADDRESS' : 'NO_MAIL'
  await noteUnheard(tx, [failed], why, clock.now())
}

async function writeAlerts(tx: Transaction, alerts: AlertIntent[]): Promise<void> {
  const written = await insertAlerts(tx, alerts)
  announce(
    tx,
    written.map((place) => ofAlert(place, 'CREATED')),
  )
}

async function noteUnheard(
  tx: Transaction,
  unheard: News[],
  why: Parameters<typeof unheardEntry>[1],
  nowMs: number,
): Promise<void> {
  await insertEntries(
    tx,
    unheard.map((news) => unheardEntry(news, why, nowMs)),
  )
  announce(
    tx,
    unheard.map((news) => ofIncident(news, 'UPDATED')),
  )
}
