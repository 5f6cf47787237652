import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Refusal, RefusalCode } from '../refusal.ts'

/** What a refusal is over HTTP, where a route means nothing else by it. */
export const statuses = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  LIMIT_REACHED: 403,
  RATE_LIMITED: 429,
} as const satisfies Record<RefusalCode, ContentfulStatusCode>

/** A refusal before GraphQL, in the shape that GraphQL gives it. */
export function refuse(
  c: Context,
  status: ContentfulStatusCode,
  code: RefusalCode | 'INTERNAL_SERVER_ERROR',
  message: string,
): Response {
  const requestId = c.get('requestId')
  return c.json({ errors: [{ message, extensions: { code, requestId } }] }, status)
}

/** The refusal as it was thrown, with the rules that were broken. */
export function refuseAs(c: Context, refusal: Refusal) {
  const { code, message, issues } = refusal
  noteRetry(c, refusal)
  const rules = issues.map(({ path, message: rule }) => `${path.join('.')} ${rule}`)
  return refuse(c, statuses[code], code, [message, ...rules].join(' '))
}

/** When to ask again, where the refusal says so. */
export function noteRetry(c: Context, { retryAfterSeconds }: Refusal): void {
  if (retryAfterSeconds !== null) c.header('retry-after', String(retryAfterSeconds))
}
