import type { AlertType } from '../../../generated/prisma/enums.ts'
import { wallTime } from '../../instant.ts'
import { isBeginning } from '../alert.ts'
import { actorOf } from '../facts.ts'
import { entryInPassing, fateOf, unattended } from '../turn.ts'
import { latenessInWords } from '../withholding/lateness.ts'
import { durationInWords, shownName } from '../words.ts'
import type { Content, Digest, DigestEntry, Page } from './content.ts'

const MAX_NAME_LENGTH = 80
const MAX_ENTRY_LENGTH = 80

/** How many of a kind there are, in words that follow a number; worst first. */
const counted = {
  DOWN: 'down',
  SLOW: 'slow',
  CERTIFICATE_EXPIRY: 'with a certificate that expires',
  REOPENED: 'with nobody at it any more',
  UP: 'up again',
  NORMAL: 'fast again',
  CERTIFICATE_RENEWED: 'with a new certificate',
  RESOLVED: 'closed',
  ACKNOWLEDGED: 'taken',
} satisfies Record<AlertType, string>

/** `12 alerts: 9 down, 3 up again`. */
export function digestTitle({ entries }: Digest, page?: Page): string {
  const byType = Map.groupBy(entries, ({ type }) => type)
  const parts = Object.entries(counted).flatMap(([type, words]) => {
    const count = byType.get(type as AlertType)?.length ?? 0
    return count === 0 ? [] : [`${count} ${words}`]
  })
  const part = page && page.of > 1 ? ` (part ${page.number} of ${page.of})` : ''
  return `${entries.length} ${entries.length === 1 ? 'alert' : 'alerts'}: ${parts.join(', ')}${part}`
}

/** Every alert by the name of its monitor, in their order. */
export function digestLines(entries: readonly DigestEntry[], timeZone: string): string[] {
  return entries.map((entry) => lineOf(entry, timeZone))
}

/** The digest in messages of at most `mostBytes` for the list: each monitor is named in one of them. */
export function pagesOf(digest: Digest, mostBytes: number): Content[] {
  const pages: DigestEntry[][] = []
  let room = 0
  for (const entry of digest.entries) {
    const bytes = Buffer.byteLength(lineOf(entry, digest.timeZone)) + 1
    if (bytes > room) {
      pages.push([])
      room = mostBytes
    }
    pages.at(-1)?.push(entry)
    room -= bytes
  }
  return pages.map((entries, index) => ({
    type: 'DIGEST',
    digest,
    page: { number: index + 1, of: pages.length, entries },
  }))
}

function lineOf(entry: DigestEntry, timeZone: string): string {
  const parts = [
    `${entry.type.replace('_', ' ')}: ${shownName(entry.monitorName, MAX_NAME_LENGTH)}`,
    courseOf(entry, timeZone),
    handOf(entry),
    entry.lateness && latenessInWords(entry.lateness),
  ]
  return parts.filter(Boolean).join(', ')
}

/** Since when or how long it lasts; of a certificate, what becomes of it. */
function courseOf(entry: DigestEntry, timeZone: string): string | null {
  const { type, startedAt, resolvedAt, isRetracted } = entry
  switch (type) {
    case 'DOWN':
    case 'SLOW':
    case 'ACKNOWLEDGED':
    case 'REOPENED':
      return `since ${wallTime(startedAt, timeZone)}`
    case 'CERTIFICATE_EXPIRY':
      return fateOf(entry)
    case 'CERTIFICATE_RENEWED':
      return null
    case 'UP':
    case 'NORMAL':
    case 'RESOLVED':
      if (isRetracted) return 'withdrawn'
      return resolvedAt === null ? null : `after ${durationInWords(resolvedAt - startedAt)}`
  }
}

/** Who did what is told; of what begins, that nobody is at it; of what is closed, how it came to that. */
function handOf(entry: DigestEntry): string | null {
  if (isBeginning(entry.type)) return unattended(entry)
  if (entry.type === 'RESOLVED') return entryInPassing(entry, MAX_ENTRY_LENGTH)
  const by = actorOf(entry)
  return by && `by ${by}`
}
