import type { AlertType, IncidentKind } from '../../../generated/prisma/enums.ts'
import { incidentsUrl, incidentUrl } from '../../incidents/address.ts'
import { instant } from '../../instant.ts'
import { type Fact, type Link, oneLine } from '../../outbox/letter.ts'
import { isBeginning } from '../alert.ts'
import { asidesOf, type Notice, screenshotOf, wordsOf } from '../message.ts'
import { ownWords, type Wording } from '../wording.ts'
import type { Content, Digest, DigestEntry, Page, Told, Trial } from './content.ts'
import { digestLines, digestTitle } from './digest.ts'
import type { Way } from './kind.ts'
import { exampleOf } from './trials/example.ts'

export type Tone = 'BAD' | 'WARNING' | 'GOOD' | 'PLAIN'

/** What a message says to people: plain text, which whoever puts it into markup escapes. */
export type Speech = {
  tone: Tone
  title: string
  /** The title as a list of mails sorts it. */
  subject: string
  lead: string
  facts: readonly Fact[]
  /** Of a digest, one per alert. */
  lines: readonly string[]
  link: Link
  /** A picture of the trouble. */
  imageUrl: string | null
  /** When what it tells was decided. */
  at: number
}

const MAX_CHANNEL_NAME_LENGTH = 80

const tones = {
  DOWN: 'BAD',
  UP: 'GOOD',
  SLOW: 'WARNING',
  NORMAL: 'GOOD',
  CERTIFICATE_EXPIRY: 'WARNING',
  CERTIFICATE_RENEWED: 'GOOD',
  ACKNOWLEDGED: 'PLAIN',
  RESOLVED: 'PLAIN',
} satisfies Record<Exclude<AlertType, 'REOPENED'>, Tone>

/** What is open again is as bad as when it began. */
const reopenedTones = {
  DOWN: 'BAD',
  LATENCY: 'WARNING',
  CERTIFICATE: 'WARNING',
  METRIC: 'WARNING',
} satisfies Record<IncidentKind, Tone>

/** For where a message has no colour of its own. */
export const signs = { BAD: '🔴', WARNING: '🟡', GOOD: '🟢', PLAIN: '🔔' } satisfies Record<
  Tone,
  string
>

export function speak(content: Content, { wording, publicUrl }: Way): Speech {
  switch (content.type) {
    case 'NOTICE':
      return ofNotice(content, wording, publicUrl)
    case 'DIGEST':
      return ofDigest(content.digest, publicUrl, content.page)
    case 'TRIAL':
      return ofTrial(content.trial, wording, publicUrl)
  }
}

function ofNotice(
  { notice, isFarewell }: Told<'NOTICE'>,
  wording: Wording | null,
  publicUrl: string,
): Speech {
  const { subject, heading, lead, facts } = wordsOf(notice)
  const imageUrl = screenshotOf(notice, publicUrl)
  const own = ownWords({ ...notice, screenshotUrl: imageUrl }, wording)
  return {
    tone: toneOf(notice),
    title: own.title ?? heading,
    subject: own.title ?? subject,
    lead: own.text === null ? lead : [own.text, ...asidesOf(notice)].join('\n'),
    facts: own.text === null ? facts : [],
    lines: [],
    link: isFarewell ? linkToAll(publicUrl) : linkTo(notice, publicUrl),
    imageUrl,
    at: notice.decidedAt,
  }
}

function ofDigest(digest: Digest, publicUrl: string, page?: Page): Speech {
  const heard = new Set(digest.entries.map(toneOf))
  const title = digestTitle(digest, page)
  return {
    tone: (['BAD', 'WARNING', 'GOOD'] as const).find((one) => heard.has(one)) ?? 'PLAIN',
    title,
    subject: title,
    lead: `They are told together rather than one by one. Times are those of ${digest.timeZone}.`,
    facts: [],
    lines: digestLines(page?.entries ?? digest.entries, digest.timeZone),
    link: linkToAll(publicUrl),
    imageUrl: null,
    at: digest.at,
  }
}

function toneOf({ type, incidentKind }: Pick<DigestEntry, 'type' | 'incidentKind'>): Tone {
  return type === 'REOPENED' ? reopenedTones[incidentKind] : tones[type]
}

function linkTo({ type, incidentId }: Notice, publicUrl: string): Link {
  const isUnattended = isBeginning(type) || type === 'REOPENED'
  const label = isUnattended ? 'Look at it, or acknowledge it' : 'Look at it'
  return { label, url: incidentUrl(publicUrl, incidentId) }
}

function linkToAll(publicUrl: string): Link {
  return { label: 'Look at all that is open', url: incidentsUrl(publicUrl) }
}

/** A channel with words of its own shows them, as an alert would have them. */
function ofTrial(trial: Trial, wording: Wording | null, publicUrl: string): Speech {
  const { title, text } = ownWords(exampleOf(trial), wording)
  const own = [title, text].filter((words) => words !== null).flatMap((words) => words.split('\n'))
  const channel = oneLine(trial.channelName, MAX_CHANNEL_NAME_LENGTH)
  return {
    tone: 'PLAIN',
    title: 'This channel works',
    subject: 'This channel works',
    lead: `Somebody tried the channel ${channel}: alerts will arrive here. Nothing is wrong.`,
    facts: [{ label: 'Tried at', value: instant(trial.at, trial.timeZone) }],
    lines: own.length === 0 ? [] : ['In its own words an alert would say:', ...own],
    link: { label: 'Open Pharos', url: publicUrl },
    imageUrl: null,
    at: trial.at,
  }
}
