import type { AlertType } from '../../../generated/prisma/enums.ts'
import { type Fact, oneLine } from '../../outbox/letter.ts'
import { type Notice, screenshotOf, wordsOf } from '../message.ts'
import { ownWords, type Wording } from '../wording.ts'
import { instant } from '../words.ts'
import type { Content, Digest, Page, Trial } from './content.ts'
import { digestLines, digestTitle } from './digest.ts'
import type { Way } from './kind.ts'

export type Tone = 'BAD' | 'WARNING' | 'GOOD' | 'PLAIN'

/** What a message says to people: plain text, which whoever puts it into markup escapes. */
export type Speech = {
  tone: Tone
  title: string
  lead: string
  facts: readonly Fact[]
  /** Of a digest, one per alert. */
  lines: readonly string[]
  link: { label: string; url: string }
  /** A picture of the trouble. */
  imageUrl: string | null
  /** When what it tells was decided. */
  at: number
}

const MAX_CHANNEL_NAME_LENGTH = 80
const MAX_FACT_LENGTH = 500

const tones = {
  DOWN: 'BAD',
  UP: 'GOOD',
  SLOW: 'WARNING',
  NORMAL: 'GOOD',
  CERTIFICATE_EXPIRY: 'WARNING',
  CERTIFICATE_RENEWED: 'GOOD',
  ACKNOWLEDGED: 'PLAIN',
  REOPENED: 'WARNING',
  RESOLVED: 'PLAIN',
} satisfies Record<AlertType, Tone>

/** For where a message has no colour of its own. */
export const signs = { BAD: '🔴', WARNING: '🟡', GOOD: '🟢', PLAIN: '🔔' } satisfies Record<
  Tone,
  string
>

export function speak(content: Content, { wording, publicUrl }: Way): Speech {
  const link = { label: 'Open Pharos', url: publicUrl }
  const rest = { lines: [], imageUrl: null, link }
  switch (content.type) {
    case 'NOTICE':
      return { ...rest, ...ofNotice(content.notice, wording, publicUrl) }
    case 'DIGEST':
      return { ...rest, ...ofDigest(content.digest, content.page) }
    case 'TRIAL':
      return { ...rest, ...ofTrial(content.trial) }
  }
}

type Said = Omit<Speech, 'lines' | 'link' | 'imageUrl'> & Partial<Speech>

function ofNotice(notice: Notice, wording: Wording | null, publicUrl: string): Said {
  const { heading, lead, facts } = wordsOf(notice)
  const imageUrl = screenshotOf(notice, publicUrl)
  const own = ownWords({ ...notice, screenshotUrl: imageUrl }, wording)
  return {
    tone: tones[notice.type],
    title: own.title ?? heading,
    lead: own.text ?? lead,
    facts: own.text === null ? shownFacts(facts, lead) : [],
    imageUrl,
    at: notice.decidedAt,
  }
}

/** What the lead has said is not said again. */
function shownFacts(facts: readonly Fact[], lead: string): Fact[] {
  return facts
    .map(({ label, value }) => ({ label, value: oneLine(value, MAX_FACT_LENGTH) }))
    .filter(({ value }) => value !== '' && value !== lead)
}

function ofDigest(digest: Digest, page?: Page): Said {
  const types = new Set(digest.entries.map(({ type }) => tones[type]))
  const tone = (['BAD', 'WARNING', 'GOOD'] as const).find((one) => types.has(one)) ?? 'PLAIN'
  return {
    tone,
    title: digestTitle(digest, page),
    lead: 'They came too fast to be told one by one.',
    facts: [],
    lines: digestLines(page?.entries ?? digest.entries),
    at: digest.at,
  }
}

function ofTrial({ channelName, at }: Trial): Said {
  return {
    tone: 'PLAIN',
    title: 'This channel works',
    lead: `Somebody tried the channel ${oneLine(channelName, MAX_CHANNEL_NAME_LENGTH)}: alerts will arrive here. Nothing is wrong.`,
    facts: [{ label: 'Tried at', value: instant(at) }],
    at,
  }
}
