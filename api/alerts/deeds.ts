import { ofAlert, ofIncident } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { Deps } from '../deps.ts'
import { type InVain, unheardEntry } from '../incidents/entries/entry.ts'
import { insertEntries } from '../incidents/entries/store.ts'
import { hastenMore } from '../outbox/haste/store.ts'
import type { Settled } from '../outbox/lane.ts'
import type { Transaction } from '../platform/database.ts'
import { openNotice } from '../probes/notices/deeds.ts'
import { disabledNotice } from '../probes/notices/notice.ts'
import type { AlertIntent, News } from './alert.ts'
import { insertAttempts } from './attempts/store.ts'
import { readAudience } from './audience/store.ts'
import type { Delivered } from './channels/attempt.ts'
import { failAlertsOf, markDisabled } from './channels/store.ts'
import { readEndings } from './endings/store.ts'
import { keepPace } from './pace/deeds.ts'
import { insertAlerts, lockIncidentsOf, readFamilies, readPlace } from './store.ts'
import { decideAlerts, decideInstead, type Family } from './telling.ts'

/** Writes the alerts that tell the news, and into the timelines what nobody could be told. */
export async function tell(tx: Transaction, news: News[], nowMs: number): Promise<void> {
  if (news.length === 0) return
  const { alerts, unheard } = decideAlerts(news, await readAudience(tx, news), nowMs)
  await writeAlerts(tx, alerts)
  await noteUnheard(
    tx,
    unheard.map((one) => ({ news: one, inVain: { tried: [], isMailConfigured: true } })),
    nowMs,
  )
}

/** An attempt to send an alert has come to something. */
export async function followAttempt(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  alertId: string,
  { settlement, delivered }: Settled,
): Promise<void> {
  const place = await readPlace(tx, alertId)
  if (!place) return
  announce(tx, [ofAlert(place, 'UPDATED')])
  await insertAttempts(tx, place, delivered.attempts)
  if (settlement.status === 'SENT') await hastenMore(tx, 'alerts', alertId)
  // Before others are told: a channel that is gone is none of them any more.
  const abandoned = await noteEnd(deps, tx, place, delivered)
  const failed = settlement.status === 'FAILED' ? [alertId] : []
  await tellSomebodyElse(deps, tx, [...failed, ...abandoned])
}

/**
 * Alerts were given up: the next in line are told instead, or the incidents say that nobody was. Once a
 * transaction, as it locks their incidents in order.
 */
export async function tellSomebodyElse(
  { mailer, clock }: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  alertIds: string[],
): Promise<void> {
  if (alertIds.length === 0) return
  await lockIncidentsOf(tx, alertIds)
  const families = await readFamilies(tx, alertIds)
  if (families.length === 0) return
  const news = families.map((family) => family.news)
  const endings = await readEndings(tx, [...new Set(news.map(({ incidentId }) => incidentId))])
  const ends = [...endings.values()].map((ending) => ending.news)
  const audience = { ...(await readAudience(tx, [...news, ...ends])), endings }
  const nowMs = clock.now()
  const telling = decideInstead(families, audience, nowMs)
  await writeAlerts(tx, telling.alerts)
  const unheard = families.filter((family) => telling.unheard.includes(family.news))
  await noteUnheard(
    tx,
    unheard.map((family) => ({ news: family.news, inVain: inVainOf(family, mailer) })),
    nowMs,
  )
}

/** Nothing goes over these channels any more: what was to go over them is told elsewhere. */
export async function giveUpAlerts(
  deps: Pick<Deps, 'mailer' | 'clock'>,
  tx: Transaction,
  channelIds: string[],
  why: string,
): Promise<void> {
  await tellSomebodyElse(deps, tx, await abandonAlerts(tx, channelIds, why))
}

/**
 * A receiver that is not there any more: its channel is disabled, and the workspace's owner is told so. What was
 * to go over it, to be told elsewhere. A channel that was changed while the receiver answered leads to another by now.
 */
export async function noteEnd(
  { clock }: Pick<Deps, 'clock'>,
  tx: Transaction,
  { channelId, workspaceId }: { channelId: string | null; workspaceId: string },
  { delivery, channelAsOf: asOf }: Pick<Delivered, 'delivery' | 'channelAsOf'>,
): Promise<string[]> {
  if (delivery.outcome !== 'GONE' || channelId === null) return []
  const nowMs = clock.now()
  const channel = { id: channelId, workspaceId }
  const name = await markDisabled(tx, channel, { reason: delivery.why, at: nowMs, asOf })
  if (name === null) return []
  await openNotice(tx, disabledNotice({ ...channel, name }, delivery.why, nowMs), nowMs)
  return abandonAlerts(tx, [channelId], 'the channel is disabled')
}

async function abandonAlerts(
  tx: Transaction,
  channelIds: string[],
  why: string,
): Promise<string[]> {
  const abandoned = await failAlertsOf(tx, channelIds, why)
  announce(
    tx,
    abandoned.map((alert) => ofAlert(alert, 'UPDATED')),
  )
  return abandoned.map(({ alertId }) => alertId)
}

/** And what comes too fast for a recipient goes into a digest. */
export async function writeAlerts(tx: Transaction, alerts: AlertIntent[]): Promise<void> {
  const written = await insertAlerts(tx, alerts)
  announce(
    tx,
    written.map((place) => ofAlert(place, 'CREATED')),
  )
  keepPace(
    tx,
    written.map(({ alertId }) => alertId),
  )
}

async function noteUnheard(
  tx: Transaction,
  unheard: { news: News; inVain: InVain }[],
  nowMs: number,
): Promise<void> {
  await insertEntries(
    tx,
    unheard.map(({ news, inVain }) => unheardEntry(news, inVain, nowMs)),
  )
  announce(
    tx,
    unheard.map(({ news }) => ofIncident(news, 'UPDATED')),
  )
}

function inVainOf({ tried }: Family, { isConfigured }: Deps['mailer']): InVain {
  const known = tried.map(({ recipient: { address, channel } }) => ({
    address,
    isMail: channel === 'EMAIL',
  }))
  return { tried: known, isMailConfigured: isConfigured }
}
