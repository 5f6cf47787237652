import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { isBeginning, isHandling, type BeginningType, type News } from '../alert.ts'
import type { Quiet } from '../contacts/quiet-hours.ts'
import type { Condition } from '../withholding/withholding.ts'

/** A channel of the workspace, or, where `channelId` is null, a mailbox. */
export type Recipient = {
  channel: AlertChannel
  channelId: string | null
  /** As it is shown. */
  address: string
  /** Of the contact whose channel it is; null where it is nobody's in particular. */
  quiet: Quiet | null
}

/** Where they are told. */
export type Goal = Omit<Recipient, 'quiet'>

/** What a channel hears of a monitor. */
export type Topics = {
  onDown: boolean
  onUp: boolean
  onSlow: boolean
  onCertificate: boolean
  /** Slow news is told from this latency on; null: all of it. */
  slowThresholdMs: number | null
}

/** A channel that hears of a monitor, as the alert settings in force say. */
export type Route = { recipient: Recipient } & Topics

/** Somebody who was told that an incident opened; or not yet, where that is withheld. */
export type Listener = { recipient: Recipient; isWithheld: boolean }

/** All that there is to know to decide whom to tell, and when. */
export type Audience = {
  /** By the monitor's id: mailboxes, best first. One is told. */
  candidates: ReadonlyMap<string, readonly Recipient[]>
  /** By the monitor's id. */
  routes: ReadonlyMap<string, readonly Route[]>
  /** By the incident's id. */
  listeners: ReadonlyMap<string, readonly Listener[]>
  /** By the monitor's id; absent where nothing is the matter. */
  conditions: ReadonlyMap<string, Condition>
  /** Which incidents are that something is down: that somebody resolved one is told at any hour. */
  outages: ReadonlySet<string>
  /** By the monitor's id, how slow it is; absent where nobody asks. */
  latencies: ReadonlyMap<string, number>
}

const topics = {
  DOWN: 'onDown',
  SLOW: 'onSlow',
  CERTIFICATE_EXPIRY: 'onCertificate',
} satisfies Record<BeginningType, keyof Topics>

/**
 * Who hears the news. Who is at it, all hear that were told the beginning, but not by mail: it is no news for later.
 */
export function listenersOf(news: News, audience: Audience): Listener[] {
  const routes = audience.routes.get(news.monitorId) ?? []
  const candidates = audience.candidates.get(news.monitorId) ?? []
  const told = audience.listeners.get(news.incidentId) ?? []
  const { type } = news
  if (isHandling(type)) return told.filter(({ recipient }) => recipient.channel !== 'EMAIL')
  if (!isBeginning(type)) return hearersOfEnd(told, { routes, candidates })
  const latencyMs = audience.latencies.get(news.monitorId) ?? null
  const hearing = routes.filter((route) => hears(route, type, latencyMs))
  // The channel of a contact comes before the mailbox: it knows of quiet hours.
  const recipients = [...hearing.map(({ recipient }) => recipient), ...candidates.slice(0, 1)]
  return eachOnce(recipients).map((recipient) => ({ recipient, isWithheld: false }))
}

/** As if only these listeners had been told the beginning. */
export function whereListening(
  audience: Audience,
  isListening: (incidentId: string, recipient: Recipient) => boolean,
): Audience {
  const listeners = [...audience.listeners].map(
    ([id, list]) => [id, list.filter(({ recipient }) => isListening(id, recipient))] as const,
  )
  return { ...audience, listeners: new Map(listeners) }
}

/** The first of those that are the same. */
export function eachOnce(recipients: readonly Recipient[]): Recipient[] {
  return recipients.filter((one, index) => !isAmong(one, recipients.slice(0, index)))
}

/** What was tried to tell somebody. */
export type Tried = { recipient: Recipient; isFailed: boolean }

/**
 * Whom to tell instead of the first of `tried`: the next mailbox where it is one and none hears it. Where it is a
 * channel, and once all mailboxes have failed, somebody else only if nobody is left who hears it.
 */
export function nextRecipient(
  tried: readonly Tried[],
  { candidates, channels }: { candidates: readonly Recipient[]; channels: readonly Recipient[] },
): Recipient | null {
  const known = tried.map(({ recipient }) => recipient)
  const isNew = (candidate: Recipient) => !isAmong(candidate, known)
  const mailbox = candidates.find(isNew) ?? null
  const heard = tried.filter(({ isFailed }) => !isFailed)
  const isInMailbox = heard.some(({ recipient }) => recipient.channelId === null)
  if (mailbox && known[0]?.channelId === null && !isInMailbox) return mailbox
  if (heard.length > 0) return null
  return mailbox ?? channels.find(isNew) ?? null
}

export function isSame(one: Goal, other: Goal): boolean {
  // A mailbox is the same whether or not it is a contact's.
  const isMail = one.channel === 'EMAIL' && other.channel === 'EMAIL'
  return isMail ? one.address === other.address : one.channelId === other.channelId
}

function isAmong(recipient: Recipient, list: readonly Recipient[]): boolean {
  return list.some((one) => isSame(one, recipient))
}

function hears(route: Route, type: BeginningType, latencyMs: number | null): boolean {
  if (!route[topics[type]]) return false
  const leastMs = type === 'SLOW' ? (route.slowThresholdMs ?? 0) : 0
  return latencyMs === null || latencyMs >= leastMs
}

/**
 * Whoever was told the beginning, except channels that do not want to hear of ends. A mailbox that has no
 * part in the monitor any more gives way to the first that has.
 */
function hearersOfEnd(
  told: readonly Listener[],
  { routes, candidates }: { routes: readonly Route[]; candidates: readonly Recipient[] },
): Listener[] {
  const heirs = told.map(({ recipient, isWithheld }) => {
    const isKnown = recipient.channelId !== null || isAmong(recipient, candidates)
    return { recipient: isKnown ? recipient : (candidates[0] ?? null), isWithheld }
  })
  const known = heirs.filter((heir): heir is Listener => heir.recipient !== null)
  return known.filter(
    ({ recipient }, index) =>
      wantsEnd(recipient, routes) &&
      !known.slice(0, index).some((earlier) => isSame(earlier.recipient, recipient)),
  )
}

/** A channel without settings was told by escalation, and wants to hear that it is over. */
function wantsEnd({ channelId }: Recipient, routes: readonly Route[]): boolean {
  const route = routes.find(({ recipient }) => recipient.channelId === channelId)
  return channelId === null || (route?.onUp ?? true)
}
