import { fateInWords } from '../incidents/certificates/certificate.ts'
import { instant } from '../instant.ts'
import { oneLine } from '../outbox/letter.ts'
import {
  actorOf,
  began,
  ended,
  expires,
  type FactOf,
  lasted,
  lasting,
  lastGood,
  seenFrom,
  trouble,
  what,
} from './facts.ts'
import type { Notice } from './message.ts'
import { durationInWords, MAX_LINE_LENGTH } from './words.ts'

/** What a message says of one turn that things have taken. */
export type TurnWords = {
  /** What is said of the monitor, after its name. */
  state: string
  /** Instead of name and state. */
  heading?(name: string, notice: Notice): string
  /** What a subject adds in parentheses. */
  note(notice: Notice): string | null
  /** What happened, in one sentence. */
  lead(notice: Notice): string
  facts: readonly FactOf[]
}

/** What may be told, as finely as the words for it differ. */
type Turn = keyof typeof words

/** A new turn is a row here, and a line in `turnOf`. */
const words = {
  DOWN: {
    state: 'is down',
    note: unattended,
    lead: ({ cause }) => oneLine(cause, MAX_LINE_LENGTH),
    facts: [what, began('Down since'), ended, lasted, seenFrom, lastGood('Last good check')],
  },
  UP: {
    state: 'is up again',
    note: after,
    lead: (notice) => `${howItAnswers(notice)} as expected.`,
    facts: [what, began('Down from'), ended, lasted, seenFrom, trouble('What it was')],
  },
  UP_BUT_SLOW: {
    state: 'is up again, but slow',
    note: (notice) => [after(notice), 'but slow'].filter(Boolean).join(', '),
    lead: () => 'It answers again, but takes longer than it should.',
    facts: [what, began('Down from'), ended, lasted, seenFrom, trouble('What it was')],
  },
  SLOW: {
    state: 'is slow',
    note: unattended,
    lead: ({ cause }) => oneLine(cause, MAX_LINE_LENGTH),
    facts: [what, began('Slow since'), ended, lasted, seenFrom, lastGood('Last normal check')],
  },
  NORMAL: {
    state: 'is as fast as usual again',
    note: after,
    lead: () => 'It answers as fast as it should.',
    facts: [what, began('Slow from'), ended, lasted, seenFrom, trouble('What it was')],
  },
  WITHDRAWN: {
    state: 'was fine',
    note: () => 'withdrawn',
    lead: () => 'Late results showed that nothing was wrong: the earlier alert is withdrawn.',
    facts: [what, trouble('That alert said')],
  },
  EXPIRES: {
    state: 'has a certificate that expires soon',
    heading: (name, notice) => `The certificate of ${name} ${fateOf(notice)}`,
    note: fateOf,
    lead: () => 'Renew it in time: whoever visits after that is warned off.',
    facts: [what, expires('Expires')],
  },
  EXPIRED: {
    state: 'has an expired certificate',
    heading: (name) => `The certificate of ${name} has expired`,
    note: () => 'has expired',
    lead: () => 'Whoever visits is warned off until it is renewed.',
    facts: [what, expires('Expired')],
  },
  RENEWED: {
    state: 'has a new certificate',
    heading: (name) => `The certificate of ${name} was renewed`,
    note: () => 'renewed',
    lead: ({ certificateExpiresAt: until, timeZone }) =>
      until === null
        ? 'It is not watched any more.'
        : `The new one is valid until ${instant(until, timeZone)}.`,
    facts: [what],
  },
  ACKNOWLEDGED: {
    state: 'is being looked after',
    heading: (name, notice) => `${somebody(notice)} is at it: ${name}`,
    note: somebody,
    lead: ({ cause }) => oneLine(cause, MAX_LINE_LENGTH),
    facts: [what, lasting],
  },
  REOPENED: {
    state: 'has nobody at it any more',
    heading: (name) => `Nobody is at it any more: ${name}`,
    note: () => null,
    lead: entryInWords,
    facts: [what, lasting, trouble('What it is')],
  },
  RESOLVED: {
    state: 'has its incident closed',
    heading: (name) => `The incident of ${name} is closed`,
    note: after,
    lead: entryInWords,
    facts: [what, began('From'), ended, lasted, trouble('What it was')],
  },
} satisfies Record<string, TurnWords>

export function turnWords(notice: Notice): TurnWords {
  return words[turnOf(notice)]
}

type Validity = Pick<Notice, 'certificateExpiresAt' | 'decidedAt'>

/** What becomes of the certificate: `expires in 7 days`. */
export function fateOf(validity: Validity): string {
  const leftMs = leftMsOf(validity)
  return leftMs === null ? 'expires soon' : fateInWords(leftMs)
}

/** Of what is told again, that nobody is at it; null where somebody is by now. */
export function unattended({
  isUnattended,
  entry,
}: Pick<Notice, 'isUnattended' | 'entry'>): string | null {
  if (!isUnattended) return null
  return entry === null ? 'not acknowledged' : 'nobody is at it any more'
}

/** `Resolved by hand (Alice).` */
export function entryInWords(notice: Notice): string {
  const words = entryInPassing(notice, MAX_LINE_LENGTH) ?? 'it is closed'
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`
}

/** `resolved by hand (Alice)`; null where the timeline says nothing of it. */
export function entryInPassing(notice: Pick<Notice, 'entry'>, most: number): string | null {
  if (notice.entry === null) return null
  const by = actorOf(notice)
  const text = oneLine(notice.entry.text, most).replace(/\.$/, '')
  return `${text.slice(0, 1).toLowerCase()}${text.slice(1)}${by ? ` (${by})` : ''}`
}

/** An alarm is told as it was, also where it is withdrawn by now: its end tells that it never was. */
function turnOf({ type, isRetracted, statusAfter, ...notice }: Notice): Turn {
  switch (type) {
    case 'DOWN':
    case 'SLOW':
      return type
    case 'UP':
      if (isRetracted) return 'WITHDRAWN'
      return statusAfter === 'DEGRADED' ? 'UP_BUT_SLOW' : 'UP'
    case 'NORMAL':
      return isRetracted ? 'WITHDRAWN' : 'NORMAL'
    case 'CERTIFICATE_EXPIRY':
      return (leftMsOf(notice) ?? 1) > 0 ? 'EXPIRES' : 'EXPIRED'
    case 'CERTIFICATE_RENEWED':
      return 'RENEWED'
    case 'ACKNOWLEDGED':
    case 'REOPENED':
    case 'RESOLVED':
      return type
  }
}

function after({ startedAt, resolvedAt }: Notice): string | null {
  return resolvedAt === null ? null : `after ${durationInWords(resolvedAt - startedAt)}`
}

function somebody(notice: Notice): string {
  return actorOf(notice) || 'Somebody'
}

function howItAnswers({ monitorKind }: Notice): string {
  return monitorKind === 'HEARTBEAT' ? 'Its job calls' : 'It answers'
}

function leftMsOf({ certificateExpiresAt, decidedAt }: Validity): number | null {
  return certificateExpiresAt === null ? null : certificateExpiresAt - decidedAt
}
