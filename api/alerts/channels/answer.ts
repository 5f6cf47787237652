import type { z } from 'zod'
import type { PostReply } from '../../../agent/post.ts'
import type { Failure } from '../../../core/failure.ts'
import { parseJson } from '../../../core/json.ts'
import type { Delivery } from '../../outbox/delivery.ts'
import { oneLine } from '../../outbox/letter.ts'
import type { PostedKind } from './kind.ts'
import { withoutSecrets } from './log-text.ts'

const MAX_WORD_LENGTH = 200
/** RFC 9110: what a client may well ask again, besides 5xx. */
const WORTH_A_RETRY = [408, 425, 429]
/** Whoever says it, it is meant for good: RFC 9110, and Standard Webhooks. */
const GONE = 410

/**
 * What a reply means. What was accepted is accepted, whatever stands in the answer: it may well repeat our message.
 * A refusal is judged as it came, and told without the secrets that it may repeat.
 */
export function classifyReply(
  reply: PostReply,
  kind: Pick<PostedKind, 'isGone' | 'pauseMsOf'>,
  secrets: unknown,
): Delivery {
  const { status } = reply
  if (status >= 200 && status < 300) return { outcome: 'ACCEPTED' }
  const why = whyOf(status, withoutSecrets(reply.body, secrets))
  if (status >= 500 || WORTH_A_RETRY.includes(status)) {
    const retryAfterMs = kind.pauseMsOf?.(reply) ?? retryAfterOf(reply)
    return { outcome: 'RETRY', why, ...(retryAfterMs !== null && { retryAfterMs }) }
  }
  const isGone = status === GONE || (status >= 400 && kind.isGone(reply))
  return { outcome: isGone ? 'GONE' : 'PERMANENT', why }
}

/** What it means that there was no answer. An address that may not be reached will not be reached later either. */
export function classifyFailure({ errorKind, message }: Failure, secrets: unknown): Delivery {
  const why = withoutSecrets(message, secrets)
  return { outcome: errorKind === 'BLOCKED_TARGET' ? 'PERMANENT' : 'RETRY', why }
}

/** What a service says in its own form; null for whatever somebody between it and us says in its place. */
export function said<Words>({ body }: PostReply, words: z.ZodType<Words>): Words | null {
  return words.safeParse(parseJson(body)).data ?? null
}

function whyOf(status: number, body: string): string {
  if (status >= 300 && status < 400) return `the answer was ${status}: redirects are not followed`
  const words = oneLine(body, MAX_WORD_LENGTH)
  return words === '' ? `the answer was ${status}` : `the answer was ${status}: ${words}`
}

/** RFC 9110 §10.2.3, milliseconds; a date is measured from the receiver's own. Null if it asks for no pause. */
function retryAfterOf({ headers }: PostReply): number | null {
  const value = headers['retry-after'] ?? ''
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000)
  const pauseMs = Date.parse(value) - Date.parse(headers.date ?? '')
  return pauseMs > 0 ? pauseMs : null
}
