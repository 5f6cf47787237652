import type { Deps } from '../deps.ts'
import { unheardEntry } from '../incidents/entries/entry.ts'
import { insertEntries } from '../incidents/entries/store.ts'
import type { Transaction } from '../platform/database.ts'
import { nextRecipient, type Telling } from './alert.ts'
import { insertAlerts, readCandidates, readSiblings } from './store.ts'

/** Writes the alerts, and into the timelines what nobody could be told. */
export async function tell(
  tx: Transaction,
  { alerts, unheard }: Telling,
  nowMs: number,
): Promise<void> {
  await insertAlerts(tx, alerts)
  await insertEntries(
    tx,
    unheard.map((news) => unheardEntry(news, 'NO_ADDRESS', nowMs)),
  )
}

/** An alert was given up: the next person in line is told instead, or the incident says that nobody was. */
export async function tellSomebodyElse(
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
  if (recipient) return insertAlerts(tx, [{ ...failed, recipient }])
  if (siblings.some((sibling) => sibling.status !== 'FAILED')) return
  const why = mailer.isConfigured ? 'NO_ADDRESS' : 'NO_MAIL'
  await insertEntries(tx, [unheardEntry(failed, why, clock.now())])
}
