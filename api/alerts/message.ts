import type { Vote } from '../../core/vote.ts'
import type {
  AlertType,
  IncidentKind,
  MonitorKind,
  MonitorStatus,
} from '../../generated/prisma/enums.ts'
import type { CastVote } from '../monitors/consensus.ts'
import { entryInWords, turnWords } from './turn.ts'
import { type Lateness, latenessInWords } from './withholding/lateness.ts'
import { shownName, type Words } from './words.ts'

/** All that an alert can tell, read when it is sent. Instants are epoch milliseconds. */
export type Notice = {
  alertId: string
  incidentId: string
  incidentKind: IncidentKind
  monitorId: string
  type: AlertType
  /** Of a certificate: the days it had left when the alert was decided. */
  daysLeft: number | null
  recipient: string
  /** Of whoever reads it, as far as it is known; else UTC. */
  timeZone: string
  monitorName: string
  monitorKind: MonitorKind
  target: string
  startedAt: number
  resolvedAt: number | null
  isRetracted: boolean
  /** It is told again, or to others, because nobody is at it. */
  isUnattended: boolean
  /** What its channel was told last of the incident is that somebody is at it. */
  isAcknowledgedThere: boolean
  cause: string
  /**
   * What the timeline says of it, and who did it; null where checks found it, or nobody can be named. Of what is told
   * because nobody is at it, how the last acknowledgement ended; null where there was none.
   */
  entry: { text: string; by: string | null } | null
  /** What the monitor became by what is told; null for a certificate. */
  statusAfter: MonitorStatus | null
  /** The regions that saw it, out of so many that were asked. */
  regions: string[]
  regionCount: number
  /** Null if no good check was stored within the day before. */
  lastGoodAt: number | null
  /** When the alert was decided. */
  decidedAt: number
  /** Null where it went out at once. */
  lateness: Lateness | null
  /** Of the monitor's certificate; null where none is known. */
  certificateExpiresAt: number | null
  /** Where a picture of the trouble is; null while there is none. */
  screenshotUrl: string | null
}

const MAX_NAME_LENGTH = 120

/** What a subject begins with. */
const labels = {
  DOWN: 'DOWN',
  UP: 'UP',
  SLOW: 'SLOW',
  NORMAL: 'NORMAL',
  CERTIFICATE_EXPIRY: 'CERTIFICATE',
  CERTIFICATE_RENEWED: 'CERTIFICATE',
  ACKNOWLEDGED: 'ACKNOWLEDGED',
  REOPENED: 'REOPENED',
  RESOLVED: 'RESOLVED',
} satisfies Record<AlertType, string>

/** The votes that speak for what is told. */
const telling = {
  DOWN: ['DOWN'],
  UP: ['UP', 'SLOW'],
  SLOW: ['SLOW'],
  NORMAL: ['UP'],
  CERTIFICATE_EXPIRY: [],
  CERTIFICATE_RENEWED: [],
  ACKNOWLEDGED: [],
  REOPENED: [],
  RESOLVED: [],
} satisfies Record<AlertType, Vote[]>

/** Said where it holds. */
const asides: ((notice: Notice) => string | null)[] = [
  (notice) => (notice.isUnattended ? unattendedInWords(notice) : null),
  ({ lateness }) => lateness && `This alert was ${latenessInWords(lateness)}.`,
]

/** For a person at three in the morning, before it is laid out: what, since when, from where, and why. */
export function wordsOf(notice: Notice): Words {
  const name = shownName(notice.monitorName, MAX_NAME_LENGTH)
  const { state, heading, note, lead, facts } = turnWords(notice)
  const more = note(notice)
  return {
    subject: `${labels[notice.type]}: ${name}${more ? ` (${more})` : ''}`,
    heading: heading?.(name, notice) ?? `${name} ${state}`,
    lead: [lead(notice), ...asidesOf(notice)].filter(Boolean).join('\n'),
    facts: facts.map((fact) => fact(notice)).filter((fact) => fact !== null),
  }
}

/** What stands after the first sentence, be it ours or a channel's own. */
export function asidesOf(notice: Notice): string[] {
  return asides.map((aside) => aside(notice)).filter((aside) => aside !== null)
}

/** The regions whose votes made the change. */
export function regionsBehind(type: AlertType, votes: readonly CastVote[]): string[] {
  const these: readonly Vote[] = telling[type]
  return votes.filter(({ vote }) => these.includes(vote)).map(({ region }) => region)
}

/** Where the picture is; one that we keep ourselves may be known by its path alone. */
export function screenshotOf({ screenshotUrl }: Notice, publicUrl: string): string | null {
  return screenshotUrl === null ? null : (URL.parse(screenshotUrl, publicUrl)?.href ?? null)
}

function unattendedInWords(notice: Notice): string {
  if (notice.entry === null) return 'Nobody has acknowledged it yet.'
  return `Nobody is at it any more. ${entryInWords(notice)}`
}
