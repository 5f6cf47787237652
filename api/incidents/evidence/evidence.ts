import { PICTURE_LIMIT_MS } from '../../../camera/limits.ts'
import type { CheckRequest } from '../../../core/check.ts'
import type { Failure } from '../../../core/failure.ts'
import { EDGE_REGIONS } from '../../../core/probe-protocol.ts'
import { KEEP_LIMIT_MS } from '../../platform/media.ts'
import { LOCAL_REGION } from '../../probes/assignment.ts'
import { type Header, redactHeaders, redactText, secretsOf } from './redaction.ts'

/** Longer than that no answer is waited for: others wait for their turn. */
export const ANSWER_LIMIT_MS = 10_000
const SETTLE_LIMIT_MS = 10_000
/** Nobody takes longer who is alive. */
export const LEASE_MS = ANSWER_LIMIT_MS + PICTURE_LIMIT_MS + KEEP_LIMIT_MS + SETTLE_LIMIT_MS

const MAX_BODY_BYTES = 64 * 1024
/** No more of a text is searched for secrets, and of a longer one the end is dropped: half a secret may stand there. */
const MAX_SEARCHED_LENGTH = 96 * 1024
const DROPPED_LENGTH = 24 * 1024
const MAX_ATTEMPTS = 3
/** Later it would show another hour, not the failure. */
const FRESH_MS = 5 * 60_000

/** What of an answer is kept. */
export type Response = {
  status: number
  headers: Header[]
  body: string | null
  bodyBytes: number
  isAsExpected: boolean
}

/** The name of a picture where pictures are kept, and its address: a path where it is we who serve it. */
export type KeptPicture = { name: string; url: string }

/** `problem` says why there is no picture, or no answer either. */
export type Taken = {
  response: Response | null
  picture: KeptPicture | null
  problem: string | null
}

/** What is known of evidence whose turn has come. */
export type Turn = { attempts: number; waitedMs: number; isOver: boolean; regions: string[] }

/** Why evidence whose turn has come is not taken any more; null where it is. */
export function lapse({ attempts, waitedMs, isOver, regions }: Turn): string | null {
  if (regions.every(isPrivate)) return 'Only a private agent reaches the target'
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
  { status, headers, body, bodyBytes, isAsExpected }: Response,
  { expectations }: CheckRequest<'HTTP'>,
): Response {
  const secrets = secretsOf(expectations)
  return {
    status,
    headers: redactHeaders(headers, secrets),
    body: body === null ? null : start(redactStart(body, secrets)),
    bodyBytes,
    isAsExpected,
  }
}

/** Where an agent of the operator's own stands, and we may be elsewhere: a name there may be a stranger's here. */
function isPrivate(region: string): boolean {
  return region !== LOCAL_REGION && !EDGE_REGIONS.some((name) => name === region)
}

function redactStart(text: string, secrets: string[]): string {
  const redacted = redactText(text.slice(0, MAX_SEARCHED_LENGTH), secrets)
  return text.length <= MAX_SEARCHED_LENGTH ? redacted : redacted.slice(0, -DROPPED_LENGTH)
}

/** As many characters as 64 KB hold. Postgres holds no NUL in a text. */
function start(text: string): string {
  const storable = text.replaceAll('\0', '\ufffd').toWellFormed()
  const { read } = new TextEncoder().encodeInto(storable, new Uint8Array(MAX_BODY_BYTES))
  return storable.slice(0, read)
}
