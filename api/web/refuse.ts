import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { RefusalCode } from '../refusal.ts'

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
