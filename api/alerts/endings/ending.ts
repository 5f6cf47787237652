import type { IncidentKind, MonitorStatus } from '../../../generated/prisma/enums.ts'
import { endNews, type IncidentPlace, type News } from '../alert.ts'

/** How an incident came to its end that is over. */
export type Ending = {
  /** What tells it. */
  news: News
  /** It never was. */
  isRetracted: boolean
}

/** By the incident's id, of those that are over. */
export type Endings = ReadonlyMap<string, Ending>

/** What is stored of it. */
export type EndedIncident = IncidentPlace & {
  kind: IncidentKind
  isRetracted: boolean
  /** What closed it; what had opened one that never was; null where a person ended it, or no status did. */
  transition: { id: string; to: MonitorStatus } | null
  /** How many days the new certificate had left, where somebody was told that it was renewed; else null. */
  daysLeft: number | null
}

export function endingOf({
  kind,
  isRetracted,
  transition,
  daysLeft,
  ...place
}: EndedIncident): Ending {
  const news = endNews(place, kind, transition)
  if (daysLeft === null) return { news, isRetracted }
  return { news: { ...news, type: 'CERTIFICATE_RENEWED', daysLeft }, isRetracted }
}
