import { type AlertIntent, isBeginning, isHandling, type News } from './alert.ts'
import {
  type Audience,
  isSame,
  type Listener,
  listenersOf,
  nextRecipient,
  type Recipient,
  type Tried,
} from './audience/audience.ts'
import { decideGate, fairWeather, type Gate } from './withholding/withholding.ts'

export type Telling = {
  alerts: AlertIntent[]
  /** What begins and would have been told, had there been anybody to tell. */
  unheard: News[]
}

/** Whom to tell what, and what to keep back, in the order of the news. */
export function decideAlerts(news: readonly News[], audience: Audience, nowMs: number): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  // Who hears of a beginning here is told its end, which may be among these news.
  const listeners = new Map(audience.listeners)
  for (const one of news) {
    const heard = listenersOf(one, { ...audience, listeners })
    const alerts = heard.map((listener) => intend(one, listener, audience, nowMs))
    telling.alerts.push(...alerts)
    if (!isBeginning(one.type)) continue
    if (alerts.length === 0) telling.unheard.push(one)
    listeners.set(one.incidentId, merge(listeners.get(one.incidentId) ?? [], alerts))
  }
  return telling
}

/** One piece of news, and all who were tried to be told it; the first of them was given up. */
export type Family = { news: News; round: number; tried: Tried[] }

/** Whom to tell instead of the first of each family, if anybody is left. Who is at it is told to nobody else. */
export function decideInstead(
  families: readonly Family[],
  audience: Audience,
  nowMs: number,
): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  for (const { news, round, tried } of families.filter(({ news }) => !isHandling(news.type))) {
    const recipient = nextRecipient(tried, {
      candidates: audience.candidates.get(news.monitorId) ?? [],
      channels: (audience.routes.get(news.monitorId) ?? []).map((route) => route.recipient),
    })
    const listener = recipient && { recipient, isWithheld: false }
    if (listener) telling.alerts.push(intend(news, listener, audience, nowMs, round))
    else if (tried.every(({ isFailed }) => isFailed)) telling.unheard.push(news)
  }
  return telling
}

/** What of an audience the gate asks for. */
export type Weather = Pick<Audience, 'conditions' | 'outages'>

/** The same news for one recipient, as the gate lets it through now. */
export function intend(
  news: News,
  { recipient, isWithheld }: Listener,
  weather: Weather,
  nowMs: number,
  round = 0,
): AlertIntent {
  const listener = { quiet: recipient.quiet, isWithheld }
  return { ...news, recipient, round, gate: gateOf(news, listener, weather, nowMs) }
}

/** Whether the news goes out now, to somebody with such hours. */
export function gateOf(
  { type, monitorId, incidentId }: News,
  { quiet, isWithheld }: Pick<Recipient, 'quiet'> & Pick<Listener, 'isWithheld'>,
  { conditions, outages }: Weather,
  nowMs: number,
): Gate {
  const condition = conditions.get(monitorId) ?? fairWeather
  const isOutage = outages.has(incidentId)
  return decideGate(
    { type, isOver: false, isOutage, isBeginningWithheld: isWithheld, quiet, condition },
    nowMs,
  )
}

/** Whoever was told once is told; the beginning is withheld only from whom it was withheld each time. */
function merge(before: readonly Listener[], alerts: readonly AlertIntent[]): Listener[] {
  const isTold = (recipient: Recipient) =>
    before.some((one) => !one.isWithheld && isSame(one.recipient, recipient))
  const now = alerts.map(({ recipient, gate }) => ({
    recipient,
    isWithheld: !gate.isOpen && !isTold(recipient),
  }))
  const others = before.filter((one) => !now.some((two) => isSame(one.recipient, two.recipient)))
  return [...others, ...now]
}
