import type { IncidentKind } from '../../generated/prisma/enums.ts'
import { instant } from '../instant.ts'
import { type Fact, oneLine } from '../outbox/letter.ts'
import type { Notice } from './message.ts'
import { durationInWords, MAX_LINE_LENGTH } from './words.ts'

const MAX_ACTOR_LENGTH = 80

/** One line of a message; null where it is not known. */
export type FactOf = (notice: Notice) => Fact | null

export const what: FactOf = ({ target }) => text('What', target)

/** The regions whose votes made the change; a job that calls us is seen from nowhere. */
export const seenFrom: FactOf = (notice) =>
  notice.monitorKind === 'HEARTBEAT' ? null : text('Seen from', regionsInWords(notice))

export const ended: FactOf = ({ resolvedAt, timeZone }) => time('Until', resolvedAt, timeZone)

export const lasted: FactOf = ({ startedAt, resolvedAt }) =>
  resolvedAt === null ? null : { label: 'Lasted', value: durationInWords(resolvedAt - startedAt) }

/** Since when, in the word for what it is: who is at it has not been at it so long. */
export const lasting: FactOf = (notice) => began(sinceWords[notice.incidentKind])(notice)

const sinceWords = {
  DOWN: 'Down since',
  LATENCY: 'Slow since',
  CERTIFICATE: 'Known since',
  METRIC: 'Since',
} satisfies Record<IncidentKind, string>

export function began(label: string): FactOf {
  return ({ startedAt, timeZone }) => time(label, startedAt, timeZone)
}

export function lastGood(label: string): FactOf {
  return ({ lastGoodAt, timeZone }) => time(label, lastGoodAt, timeZone)
}

export function expires(label: string): FactOf {
  return ({ certificateExpiresAt, timeZone }) => time(label, certificateExpiresAt, timeZone)
}

/** What was wrong, where the first sentence does not say it. */
export function trouble(label: string): FactOf {
  return ({ cause }) => text(label, cause)
}

/** Who did what is told; empty where nobody can be named. */
export function actorOf({ entry }: Pick<Notice, 'entry'>): string {
  return oneLine(entry?.by ?? '', MAX_ACTOR_LENGTH)
}

/** `local, weur (2 of 3 regions)`: how many votes there were, and for what. */
export function regionsInWords({ regions, regionCount }: Notice): string {
  const names = regions.join(', ')
  if (regionCount < 2 || regions.length === 0) return names
  return `${names} (${regions.length} of ${regionCount} regions)`
}

function text(label: string, value: string): Fact | null {
  const line = oneLine(value, MAX_LINE_LENGTH)
  return line === '' ? null : { label, value: line }
}

function time(label: string, at: number | null, timeZone: string): Fact | null {
  return at === null ? null : { label, value: instant(at, timeZone) }
}
