import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { credentialOf } from '../../accounts/credential.ts'
import { authenticate } from '../../accounts/deeds.ts'
import { may, type Principal } from '../../accounts/principal.ts'
import type { Deps } from '../../deps.ts'
import { Refusal, type RefusalCode } from '../../refusal.ts'
import { refuse } from '../../web/refuse.ts'
import type { Web } from '../../web/web.ts'
import type { AlertFilter } from '../filter.ts'
import { readPage } from './store.ts'
import { headLine, linesOf, parseFilter } from './table.ts'

/** Read and handed on at once, so that no export is held in memory. */
const PAGE = 1_000
/** Whoever wants more asks for a shorter time. */
const MOST_ALERTS = 100_000
const EXPORTS_PER_MINUTE = 30

const statuses = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  CONFLICT: 409,
  LIMIT_REACHED: 403,
  RATE_LIMITED: 429,
} as const satisfies Record<RefusalCode, number>

/** The history of alerts as a table, for whoever may see alerts; as for GraphQL, by a token or the cookie. */
export function exportRoutes(deps: Deps): Hono<Web> {
  const limiter = new RateLimiterMemory({ points: EXPORTS_PER_MINUTE, duration: 60 })
  const routes = new Hono<Web>()
  routes.get('/alerts.csv', async (c) => {
    c.header('cache-control', 'no-store')
    const { workspaceId } = await readerOf(deps, c.req.raw.headers)
    const filter = parseFilter(c.req.query())
    await limiter.consume(workspaceId).catch(refuseMore)
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', 'attachment; filename="alerts.csv"')
    // Pulled by its reader: a page is read when the one before is on its way.
    const text = Readable.from(exportOf(deps, workspaceId, filter), { objectMode: false })
    return c.body(Readable.toWeb(text) as ReadableStream)
  })
  routes.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    if (error.retryAfterSeconds) c.header('retry-after', String(error.retryAfterSeconds))
    const words = error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
    const message = [error.message, ...words].join(' ')
    return refuse(c, statuses[error.code], error.code, message)
  })
  return routes
}

async function readerOf(deps: Deps, headers: Headers): Promise<Principal> {
  const principal = await authenticate(deps, credentialOf(headers))
  if (principal === null) throw new Refusal('UNAUTHENTICATED', 'Sign in first.')
  if (!may(principal, 'INCIDENTS_READ'))
    throw new Refusal('FORBIDDEN', 'Your role does not allow this.')
  return principal
}

async function* exportOf(
  deps: Deps,
  workspaceId: string,
  filter: AlertFilter,
): AsyncGenerator<string> {
  yield headLine()
  let before: string | null = null
  for (let given = 0; given < MOST_ALERTS; given += PAGE) {
    const page = await readPage(deps, workspaceId, filter, { before, most: PAGE })
    if (page.length > 0) yield linesOf(page)
    if (page.length < PAGE) return
    before = page.at(-1)!.id
  }
}

function refuseMore(): never {
  const message = `A workspace exports at most ${EXPORTS_PER_MINUTE} times a minute.`
  throw new Refusal('RATE_LIMITED', message, { retryAfterSeconds: 60 })
}
