import { Readable } from 'node:stream'
import { Hono } from 'hono'
import { credentialOf } from '../../accounts/credential.ts'
import { authenticate } from '../../accounts/deeds.ts'
import { may, type Principal } from '../../accounts/principal.ts'
import type { Deps } from '../../deps.ts'
import { createLimiter, type Limiter } from '../../platform/rate-limiter.ts'
import { Refusal } from '../../refusal.ts'
import { refuseAs } from '../../web/refuse.ts'
import type { Web } from '../../web/web.ts'
import { readPage } from './store.ts'
import { cutLine, type ExportQuery, headLine, linesOf, parseQuery } from './table.ts'

/** Read and handed on at once, so that no export is held in memory. */
const PAGE = 1_000
/** Whoever wants more is told from where to ask on. */
const MOST_ALERTS = 100_000
const EXPORTS_PER_MINUTE = 30

/** The history of alerts as a table, for whoever may see alerts; as for GraphQL, by a token or the cookie. */
export function exportRoutes(deps: Deps, mostAlerts = MOST_ALERTS): Hono<Web> {
  const limiter = createLimiter(deps.redis, {
    name: 'export',
    points: EXPORTS_PER_MINUTE,
    durationSeconds: 60,
  })
  const routes = new Hono<Web>()
  routes.get('/alerts.csv', async (c) => {
    c.header('cache-control', 'no-store')
    const { workspaceId } = await readerOf(deps, c.req.raw.headers)
    const query = parseQuery(c.req.query())
    await spend(limiter, workspaceId)
    c.header('content-type', 'text/csv; charset=utf-8')
    c.header('content-disposition', 'attachment; filename="alerts.csv"')
    // Pulled by its reader: a page is read when the one before is on its way.
    const text = Readable.from(exportOf(deps, workspaceId, { ...query, mostAlerts }), {
      objectMode: false,
    })
    return c.body(Readable.toWeb(text) as ReadableStream)
  })
  routes.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    return refuseAs(c, error)
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
  { filter, before, mostAlerts }: ExportQuery & { mostAlerts: number },
): AsyncGenerator<string> {
  yield headLine()
  let last = before
  for (let given = 0; given < mostAlerts; given += PAGE) {
    const most = Math.min(PAGE, mostAlerts - given)
    const page = await readPage(deps, workspaceId, filter, { before: last, most })
    if (page.length > 0) yield linesOf(page)
    if (page.length < most) return
    last = page.at(-1)!.id
  }
  const rest = await readPage(deps, workspaceId, filter, { before: last, most: 1 })
  if (last !== null && rest.length > 0) yield cutLine(last, mostAlerts)
}

async function spend(limiter: Limiter, workspaceId: string): Promise<void> {
  const { isOver, resetSeconds: retryAfterSeconds } = await limiter.spend(workspaceId)
  if (!isOver) return
  const message = `A workspace exports at most ${EXPORTS_PER_MINUTE} times a minute.`
  throw new Refusal('RATE_LIMITED', message, { retryAfterSeconds })
}
