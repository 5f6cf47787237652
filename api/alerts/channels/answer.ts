import type { PostReply } from '../../../agent/post.ts'
import type { Failure } from '../../../core/failure.ts'
import type { Delivery } from '../../outbox/delivery.ts'
import { oneLine } from '../../outbox/letter.ts'

const MAX_WORD_LENGTH = 200
/** RFC 9110: what a client may well ask again, besides 5xx. */
const WORTH_A_RETRY = [408, 425, 429]

/** What a status means where a service says nothing else. */
export function classifyStatus(reply: PostReply): Delivery {
  const { status } = reply
  if (status >= 200 && status < 300) return { outcome: 'ACCEPTED' }
  const why = whyOf(reply)
  if (status < 500 && !WORTH_A_RETRY.includes(status)) return { outcome: 'PERMANENT', why }
  const retryAfterMs = retryAfterOf(reply)
  return { outcome: 'RETRY', why, ...(retryAfterMs !== null && { retryAfterMs }) }
}

/** There is nobody there any more. */
export function gone(reply: PostReply): Delivery {
  return { outcome: 'GONE', why: whyOf(reply) }
}

/** What it means that there was no answer. An address that may not be reached will not be reached later either. */
export function classifyFailure({ errorKind, message }: Failure): Delivery {
  return { outcome: errorKind === 'BLOCKED_TARGET' ? 'PERMANENT' : 'RETRY', why: message }
}

function whyOf({ status, body }: PostReply): string {
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
