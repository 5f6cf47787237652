import { type Context, Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { isPassing } from '../platform/database.ts'
import { createLimiter, type Limiter } from '../platform/rate-limiter.ts'
import { Refusal } from '../refusal.ts'
import { createTurnstile } from '../turnstile.ts'
import { clientIpOf } from '../web/client-ip.ts'
import { refuse } from '../web/refuse.ts'
import type { Web } from '../web/web.ts'
import { readCall, readText } from './call.ts'
import { takeCall } from './deeds.ts'
import { readKey } from './store.ts'
import { isTokenOf, monitorIn } from './token.ts'

const PATHS = ['/heartbeat/:token', '/heartbeat/:token/:ending']
/** By job: a run every 10 s tells of its start, its end and a few words between. */
const CALLS_PER_MINUTE = 60
/** Fewer than the pool's connections: jobs never keep everybody else from the database. */
const CALLS_AT_ONCE = 4
const CALLS_WAITING = 1_000
const RETRY_AFTER_SECONDS = 5

/** Where jobs call. An address that nobody was given is one where nothing is. */
export function heartbeatRoutes(deps: Deps): Hono<Web> {
  const limiter = createLimiter(deps.redis, {
    name: 'heartbeat',
    points: CALLS_PER_MINUTE,
    durationSeconds: 60,
  })
  const turnstile = createTurnstile(
    CALLS_AT_ONCE,
    CALLS_WAITING,
    'Too many jobs are calling at once.',
  )
  const routes = new Hono<Web>()
  // HEAD comes as GET.
  routes.on(['GET', 'POST'], PATHS, async (c) => {
    c.header('cache-control', 'no-store')
    const call = readCall(c.req.param('ending') ?? '')
    const monitorId = call && (await admit(deps, c.req.param('token') ?? ''))
    if (!monitorId) return refuse(c, 404, 'NOT_FOUND', 'There is nothing at this address.')
    await spend(limiter, monitorId)
    const body = await readText(c.env.incoming)
    const arrival = { ...call, body, remoteAddress: callerOf(c, deps) }
    await turnstile.pass(() => takeCall(deps, monitorId, arrival))
    return c.text('OK')
  })
  for (const path of PATHS) routes.all(path, refuseMethod)
  routes.onError((error, c) => {
    if (error instanceof Refusal) return busy(c, error)
    if (!isPassing(error)) throw error
    deps.log.warn({ err: error }, 'a call of a job was not taken')
    c.header('retry-after', String(RETRY_AFTER_SECONDS))
    return refuse(c, 503, 'INTERNAL_SERVER_ERROR', 'Nothing was taken. Call again.')
  })
  return routes
}

/** The monitor whose token this is now. A token of nobody is compared as well: it takes as long. */
async function admit({ database, keyring }: Deps, token: string): Promise<string | null> {
  const monitorId = monitorIn(token)
  if (monitorId === null) return null
  const key = await readKey(database.pool, monitorId)
  const isRight = isTokenOf(keyring, key ?? { monitorId, tokenVersion: 0 }, token)
  return key && isRight ? monitorId : null
}

async function spend(limiter: Limiter, monitorId: string): Promise<void> {
  const { isOver, resetSeconds: retryAfterSeconds } = await limiter.spend(monitorId)
  if (!isOver) return
  throw new Refusal('RATE_LIMITED', 'Too many calls. Wait a little.', { retryAfterSeconds })
}

function callerOf(c: Context<Web>, { environment }: Deps): string | null {
  const { remoteAddress } = c.env.incoming.socket
  const forwardedFor = c.req.header('x-forwarded-for') ?? null
  return clientIpOf(remoteAddress, forwardedFor, environment.trustedProxies)
}

function busy(c: Context, { code, message, retryAfterSeconds }: Refusal): Response {
  c.header('retry-after', String(retryAfterSeconds ?? RETRY_AFTER_SECONDS))
  return refuse(c, 429, code, message)
}

function refuseMethod(c: Context): Response {
  c.header('allow', 'GET, HEAD, POST')
  return refuse(c, 405, 'BAD_USER_INPUT', 'Jobs call by GET or POST.')
}
