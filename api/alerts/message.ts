import type { Vote } from '../../core/vote.ts'
import type { AlertType } from '../../generated/prisma/enums.ts'
import type { CastVote } from '../monitors/consensus.ts'
import { type Fact, layOut, oneLine } from '../outbox/letter.ts'
import { type CertificateType, certificateWords } from './certificate-words.ts'
import { type HandType, handWords, isHandType } from './hand-words.ts'
import { instant, MAX_LINE_LENGTH, shownName, type Words } from './words.ts'

/** All that an alert can tell, read when it is sent. Instants are epoch milliseconds. */
export type Notice = {
  alertId: string
  incidentId: string
  monitorId: string
  type: AlertType
  /** Of a certificate: the days it had left when the alert was decided. */
  daysLeft: number | null
  recipient: string
  monitorName: string
  target: string
  startedAt: number
  resolvedAt: number | null
  isRetracted: boolean
  cause: string
  /** What the timeline says of it, and who did it; null where checks found it, or nobody can be named. */
  entry: { text: string; by: string | null } | null
  /** The regions that saw it, out of so many that were asked. */
  regions: string[]
  regionCount: number
  /** Null if no good check was stored within the day before. */
  lastGoodAt: number | null
  /** When the alert was decided. */
  decidedAt: number
  /** Of the monitor's certificate; null where none is known. */
  certificateExpiresAt: number | null
  /** Where a picture of the trouble is; null while there is none. */
  screenshotUrl: string | null
}

export type Message = { subject: string; text: string; html: string }

/** Said instead of ours; null: ours. */
type OwnWords = { title: string | null; text: string | null }

const MAX_NAME_LENGTH = 120

/** What follows from a monitor's status. */
type TroubleType = Exclude<AlertType, CertificateType | HandType>

type Trouble = Notice & { type: TroubleType }

type Wording = { vote: Vote; state: string; since: string; lastGood: string | null }

const wordings = {
  DOWN: { vote: 'DOWN', state: 'is down', since: 'Down since', lastGood: 'Last good check' },
  UP: { vote: 'UP', state: 'is up again', since: 'Down from', lastGood: null },
  SLOW: { vote: 'SLOW', state: 'is slow', since: 'Slow since', lastGood: 'Last normal check' },
  NORMAL: { vote: 'UP', state: 'is as fast as usual again', since: 'Slow from', lastGood: null },
} satisfies Record<TroubleType, Wording>

/** For a person at three in the morning: what, since when, from where, why, and where to look. */
export function writeMessage(
  notice: Notice,
  publicUrl: string,
  own: OwnWords = { title: null, text: null },
): Message {
  const name = shownName(notice.monitorName, MAX_NAME_LENGTH)
  const { subject, heading, lead, facts } = wordsOf(notice)
  const picture = screenshotOf(notice, publicUrl)
  const pictureFact = picture === null ? [] : [{ label: 'Screenshot', value: picture }]
  return {
    subject: own.title ?? subject,
    ...layOut({
      heading: own.title ?? heading,
      lead: own.text ?? lead,
      facts: [...(own.text === null ? facts : []), ...pictureFact],
      link: { label: 'Open Pharos', url: publicUrl },
      footer: `You get this mail because Pharos watches ${name} and sends its alerts to ${notice.recipient}.`,
    }),
  }
}

/** What an alert says to a person, before it is laid out for a service. */
export function wordsOf({ type, ...rest }: Notice): Words {
  const name = shownName(rest.monitorName, MAX_NAME_LENGTH)
  if (isTroubleType(type)) return troubleWords({ ...rest, type }, name)
  if (isHandType(type)) return handWords({ ...rest, type }, name)
  return certificateWords({ ...rest, type }, name)
}

/** The regions whose votes made the transition. */
export function regionsBehind(type: AlertType, votes: readonly CastVote[]): string[] {
  if (!isTroubleType(type)) return []
  const { vote } = wordings[type]
  return votes.filter((cast) => cast.vote === vote).map((cast) => cast.region)
}

/** What is said of the monitor: that it is down, up again, slow. */
export function stateOf({ type, ...notice }: Notice): string {
  if (isHandType(type)) return 'has an incident that somebody took care of'
  if (!isTroubleType(type))
    return type === 'CERTIFICATE_EXPIRY'
      ? 'has a certificate that expires soon'
      : 'has a new certificate'
  return isWithdrawal({ ...notice, type }) ? 'was fine' : wordings[type].state
}

/** Where the picture is; one that we keep ourselves may be known by its path alone. */
export function screenshotOf({ screenshotUrl }: Notice, publicUrl: string): string | null {
  return screenshotUrl === null ? null : (URL.parse(screenshotUrl, publicUrl)?.href ?? null)
}

/** `local, weur (2 of 3 regions)`: how many votes there were, and for what. */
export function regionsInWords({ regions, regionCount }: Notice): string {
  const names = regions.join(', ')
  return regionCount < 2 ? names : `${names} (${regions.length} of ${regionCount} regions)`
}

export function durationInWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const told = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`)
  return told.slice(0, 2).join(' ') || '0 s'
}

function isTroubleType(type: AlertType): type is TroubleType {
  return Object.hasOwn(wordings, type)
}

function troubleWords(notice: Trouble, name: string): Words {
  return {
    subject: subjectOf(notice, name),
    heading: `${name} ${stateOf(notice)}`,
    lead: leadOf(notice, name),
    facts: factsOf(notice),
  }
}

/** The alarm itself is told as it was; only its end tells that it never was. */
function isWithdrawal({ type, isRetracted }: Trouble): boolean {
  return isRetracted && (type === 'UP' || type === 'NORMAL')
}

function subjectOf(notice: Trouble, name: string): string {
  const { type, startedAt, resolvedAt } = notice
  if (isWithdrawal(notice)) return `${type}: ${name} (withdrawn)`
  const isEnding = type === 'UP' || type === 'NORMAL'
  if (!isEnding || resolvedAt === null) return `${type}: ${name}`
  return `${type}: ${name} (after ${durationInWords(resolvedAt - startedAt)})`
}

function leadOf(notice: Trouble, name: string): string {
  if (isWithdrawal(notice)) {
    return `Late results showed that nothing was wrong: the earlier alert is withdrawn.`
  }
  switch (notice.type) {
    case 'DOWN':
    case 'SLOW':
      return oneLine(notice.cause, MAX_LINE_LENGTH)
    case 'UP':
      return `${name} answers as expected.`
    case 'NORMAL':
      return `${name} answers within its threshold.`
  }
}

function factsOf(notice: Trouble): Fact[] {
  const { type, startedAt, resolvedAt, regions, lastGoodAt } = notice
  const { since, lastGood } = wordings[type]
  const facts: (Fact | null)[] = [
    notice.target === '' ? null : { label: 'What', value: oneLine(notice.target, MAX_LINE_LENGTH) },
    { label: since, value: instant(startedAt) },
    resolvedAt === null ? null : { label: 'Over since', value: instant(resolvedAt) },
    resolvedAt === null
      ? null
      : { label: 'Lasted', value: durationInWords(resolvedAt - startedAt) },
    regions.length === 0 ? null : { label: 'Seen from', value: regionsInWords(notice) },
    { label: 'Why', value: oneLine(notice.cause, MAX_LINE_LENGTH) },
    lastGood && lastGoodAt !== null ? { label: lastGood, value: instant(lastGoodAt) } : null,
  ]
  return facts.filter((fact) => fact !== null)
}
