import type { CheckRequest } from '../../../core/check.ts'
import type { Failure } from '../../../core/failure.ts'
import { type Header, redactHeaders, redactText, secretsOf } from './redaction.ts'

const MAX_BODY_BYTES = 64 * 1024
/** Cut only after it was redacted, so that no half of a secret stays at the cut. */
const MAX_REDACTED_LENGTH = MAX_BODY_BYTES + 32 * 1024
const MAX_ATTEMPTS = 3
/** Later it would show another hour, not the failure. */
const FRESH_MS = 5 * 60_000

/** What of an answer is kept. */
export type Response = { status: number; headers: Header[]; body: string | null; bodyBytes: number }

/** The name of a picture where pictures are kept, and its address: a path where it is we who serve it. */
export type KeptPicture = { name: string; url: string }

/** `problem` says why there is no picture, or no answer either. */
export type Taken = {
  response: Response | null
  picture: KeptPicture | null
  problem: string | null
}

/** What is known of evidence whose turn has come. */
export type Turn = { attempts: number; waitedMs: number; isOver: boolean }

/** Why evidence whose turn has come is not taken any more; null where it is. */
export function lapse({ attempts, waitedMs, isOver }: Turn): string | null {
  if (isOver) return 'The incident was over before its turn came'
  if (waitedMs > FRESH_MS) return 'Its turn did not come within 5 minutes'
  if (attempts > MAX_ATTEMPTS) return `It could not be taken in ${MAX_ATTEMPTS} attempts`
  return null
}

/** Why a page is not pictured though it answers: only what any visitor would see is; null where it is. */
export function unseen({ expectations: { method, auth } }: CheckRequest<'HTTP'>): string | null {
  if (method !== 'GET') return `A visitor sees no page by ${method}`
  if (auth !== null) return 'A visitor has not the credentials of the monitor'
  return null
}

/** Nothing answered, so there is nothing to picture. */
export function unanswered({ message }: Failure): Taken {
  return nothing(`There was no page to picture: ${message}`)
}

export function nothing(problem: string): Taken {
  return { response: null, picture: null, problem }
}

/** An answer less its secrets, cut to 64 KB. */
export function keptOf(
  { status, headers, body, bodyBytes }: Response,
  { expectations }: CheckRequest<'HTTP'>,
): Response {
  const secrets = secretsOf(expectations)
  const text = body && redactText(body.slice(0, MAX_REDACTED_LENGTH), secrets)
  return { status, headers: redactHeaders(headers, secrets), body: text && cut(text), bodyBytes }
}

/** Postgres holds no NUL in a text. */
function cut(text: string): string {
  const bytes = Buffer.from(text.replaceAll('\0', '\ufffd'))
  return bytes.subarray(0, MAX_BODY_BYTES).toString('utf8')
}
