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
import { type Ending, type Endings, nextRound } from './endings/ending.ts'
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

/** An audience, and what it would hear of too late. */
type Knowledge = Audience & { endings: Endings }

/**
 * Whom to tell instead of the first of each family, if anybody is left: who is at it nobody else, nor what never was.
 * Whoever hears only now of what is over is told that too.
 */
export function decideInstead(
  families: readonly Family[],
  audience: Knowledge,
  nowMs: number,
): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  for (const family of families.filter((one) => isForOthers(one, audience))) {
    const { news, round } = family
    const tried = triedBy(family, audience)
    const recipient = nextRecipient(tried, {
      candidates: audience.candidates.get(news.monitorId) ?? [],
      channels: (audience.routes.get(news.monitorId) ?? []).map((route) => route.recipient),
    })
    const listener = recipient && { recipient, isWithheld: false }
    if (listener) telling.alerts.push(intend(news, listener, audience, nowMs, round))
    else if (tried.every(({ isFailed }) => isFailed)) telling.unheard.push(news)
  }
  telling.alerts.push(...endsAfter(telling.alerts, audience, nowMs))
  return telling
}

/** The end, for whoever hears only after it that it began: once more where they had heard it. */
export function decideEnd(ending: Ending, audience: Audience, nowMs: number): AlertIntent[] {
  const { news } = ending
  return listenersOf(news, audience).map((listener) =>
    intend(news, listener, audience, nowMs, nextRound(ending, listener.recipient)),
  )
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

function isForOthers({ news }: Family, { endings }: Knowledge): boolean {
  if (isHandling(news.type)) return false
  return !isBeginning(news.type) || endings.get(news.incidentId)?.isRetracted !== true
}

/** Of what is over whoever was told otherwise that it began knows all; from whom that is withheld it stays so. */
function triedBy({ news, tried }: Family, { endings, listeners }: Knowledge): readonly Tried[] {
  if (!isBeginning(news.type) || !endings.has(news.incidentId)) return tried
  const knowing = listeners.get(news.incidentId) ?? []
  return [
    ...tried,
    ...knowing.map(({ recipient, isWithheld }) => ({ recipient, isFailed: isWithheld })),
  ]
}

/** The ends of what is over for whoever hears last, of these, that it began. */
function endsAfter(
  alerts: readonly AlertIntent[],
  { endings, ...audience }: Knowledge,
  nowMs: number,
): AlertIntent[] {
  return [...Map.groupBy(alerts, ({ incidentId }) => incidentId)].flatMap(([incidentId, told]) => {
    const ending = endings.get(incidentId)
    if (!ending) return []
    const listeners = new Map([[incidentId, merge([], told.filter(isUnended))]])
    return decideEnd(ending, { ...audience, listeners }, nowMs)
  })
}

/** Whether a beginning is the last of these that its recipient is told. */
function isUnended(alert: AlertIntent, index: number, told: readonly AlertIntent[]): boolean {
  const isTo = ({ recipient }: AlertIntent) => isSame(recipient, alert.recipient)
  return isBeginning(alert.type) && !told.slice(index + 1).some(isTo)
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
