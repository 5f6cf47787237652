import type { PostRequest } from '../../../agent/post.ts'
import { cut } from '../../outbox/letter.ts'

const MAX_REQUEST_LENGTH = 16_384
const MAX_RESPONSE_LENGTH = 4_096
const HIDDEN = '[secret]'
/** Postgres takes no NUL, and people no other control characters. */
const UNREADABLE = /[^\P{Cc}\n\t]/gu

/** A request as the log of deliveries keeps it. */
export function requestText({ url, headers, body }: PostRequest, secrets: unknown): string {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const text = [`POST ${url.href}`, ...head, '', body].join('\n')
  return cut(readable(text, secrets), MAX_REQUEST_LENGTH)
}

/** An answer, which may well repeat what it was sent. */
export function responseText(body: string, secrets: unknown): string {
  return cut(readable(body, secrets), MAX_RESPONSE_LENGTH)
}

/** Whatever somebody answered, without the secrets that it may repeat. */
export function withoutSecrets(text: string, secrets: unknown): string {
  return secretsIn(secrets).reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text)
}

function readable(text: string, secrets: unknown): string {
  return withoutSecrets(text, secrets).toWellFormed().replace(UNREADABLE, '')
}

/** Every text in it, the longest first; of an address what comes after the host. */
function secretsIn(value: unknown): string[] {
  return textsIn(value)
    .map((text) => {
      const url = URL.parse(text)
      return url?.host ? text.slice(url.origin.length + 1) : text
    })
    .filter((text) => text !== '')
    .toSorted((one, other) => other.length - one.length)
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
