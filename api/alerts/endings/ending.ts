import type { IncidentKind, MonitorStatus } from '../../../generated/prisma/enums.ts'
import { endNews, type IncidentPlace, type News } from '../alert.ts'
import { type Goal, isSame } from '../audience/audience.ts'

/** How an incident came to its end that is over. */
export type Ending = {
  /** What tells it. */
  news: News
  /** It never was. */
  isRetracted: boolean
  /** To whom that was told, or is to be. */
  told: readonly ToldEnd[]
}

export type ToldEnd = {
  news: Pick<News, 'type' | 'transitionId' | 'daysLeft'>
  goal: Goal
  round: number
  /** It waits: neither has its receiver had it, nor may they be taking it now. */
  isToCome: boolean
}

/** By the incident's id, of those that are over. */
export type Endings = ReadonlyMap<string, Ending>

/** What is stored of it. */
export type EndedIncident = IncidentPlace & {
  kind: IncidentKind
  isRetracted: boolean
  /** What closed it; what had opened one that never was; null where a person ended it, or no status did. */
  transition: { id: string; to: MonitorStatus } | null
  /** Whatever was told of it that it is over. */
  told: ToldEnd[]
}

/** Of a certificate only what was told says that it was renewed. */
export function endingOf(incident: EndedIncident): Ending {
  const { kind, isRetracted, transition, told, ...place } = incident
  const renewal = told.find(({ news }) => news.type === 'CERTIFICATE_RENEWED')
  const news = { ...endNews(place, kind, transition), ...renewal?.news }
  return { news, isRetracted, told: told.filter((one) => isSameNews(one.news, news)) }
}

/** Which telling of it to this recipient the next one is. */
export function nextRound(ending: Ending, goal: Goal): number {
  return Math.max(-1, ...toldTo(ending, goal).map(({ round }) => round)) + 1
}

export function isToCome(ending: Ending, goal: Goal): boolean {
  return toldTo(ending, goal).some((one) => one.isToCome)
}

function toldTo({ told }: Ending, goal: Goal): ToldEnd[] {
  return told.filter((one) => isSame(one.goal, goal))
}

function isSameNews(one: ToldEnd['news'], other: ToldEnd['news']): boolean {
  const { type, transitionId, daysLeft } = other
  return one.type === type && one.transitionId === transitionId && one.daysLeft === daysLeft
}
