import type { Deps } from '../deps.ts'
import { unheardEntry } from '../incidents/entries/entry.ts'
import { insertEntries } from '../incidents/entries/store.ts'
import type { Transaction } from '../platform/database.ts'
import type { AlertIntent, News } from './alert.ts'
import { readAudience } from './audience/store.ts'
import { insertAlerts, readFamilies } from './store.ts'
import { decideAlerts, decideInstead } from './telling.ts'

/** Writes the alerts that tell the news, and into the timelines what nobody could be told. */
export async function tell(tx: Transaction, news: News[], nowMs: number): Promise<void> {
  if (news.length === 0) return
  const { alerts, unheard } = decideAlerts(news, await readAudience(tx, news), nowMs)
  await writeAlerts(tx, alerts)
  await noteUnheard(tx, unheard, 'NO_ADDRESS', nowMs)
}

/** Alerts were given up: the next in line are told instead, or the incidents say that nobody was. */
export async function tellSomebodyElse(
  { mailer, clock }: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  alertIds: string[],
): Promise<void> {
  const families = await readFamilies(tx, alertIds)
  if (families.length === 0) return
  const news = families.map((family) => family.news)
  const nowMs = clock.now()
  const telling = decideInstead(families, await readAudience(tx, news), nowMs)
  await writeAlerts(tx, telling.alerts)
  await noteUnheard(tx, telling.unheard, mailer.isConfigured ? 'NO_ADDRESS' : 'NO_MAIL', nowMs)
}

async function writeAlerts(tx: Transaction, alerts: AlertIntent[]): Promise<void> {
  await insertAlerts(tx, alerts)
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
}
