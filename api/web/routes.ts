import { Hono, type MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import { requestId } from 'hono/request-id'
import { secureHeaders } from 'hono/secure-headers'
import type { Attempts } from '../accounts/attempts.ts'
import { confirmationRoutes } from '../accounts/mails/http.ts'
import { exportRoutes } from '../alerts/export/http.ts'
import type { Deps } from '../deps.ts'
import { heartbeatRoutes } from '../heartbeats/http.ts'
import { incidentRoutes } from '../incidents/http.ts'
import { operationsRoutes } from '../operations/http.ts'
import { syncRoutes } from '../probes/syncs/http.ts'
import { type Graphql, graphqlRoutes } from './graphql-routes.ts'
import { letEmbed, MEDIA_PATH, mediaRoutes } from './media-routes.ts'
import { pageRoutes } from './page-routes.ts'
import { refuse } from './refuse.ts'
import type { Web } from './web.ts'

const CORS_FRESH_SECONDS = 600

type Asked = { attempts: Attempts; graphql: Graphql }

/** What HTTP asks of this server, in the order in which it is asked. */
export function createWeb(deps: Deps, { attempts, graphql }: Asked): Hono<Web> {
  const { corsOrigins, publicUrl } = deps.environment
  const web = new Hono<Web>()
  web.use(MEDIA_PATH, letEmbed)
  web.use(requestId(), measure(deps), allowOrigins(corsOrigins), secure(publicUrl))
  web.route('/', operationsRoutes(deps))
  web.route('/', syncRoutes(deps))
  web.route('/', heartbeatRoutes(deps))
  web.route('/', exportRoutes(deps))
  web.route('/', incidentRoutes())
  web.route('/', confirmationRoutes(deps, attempts))
  web.route('/', mediaRoutes(deps))
  web.route('/', pageRoutes())
  web.route('/', graphqlRoutes(deps, graphql))
  web.notFound((c) => refuse(c, 404, 'NOT_FOUND', 'There is nothing at this address.'))
  web.onError((error, c) => {
    deps.log.error({ err: error, requestId: c.get('requestId') }, 'a request broke')
    return refuse(c, 500, 'INTERNAL_SERVER_ERROR', 'Unexpected error.')
  })
  return web
}

function measure({ metrics }: Deps): MiddlewareHandler {
  return async (c, next) => {
    const end = metrics.httpSeconds.startTimer({ method: c.req.method })
    await next()
    end({ status: `${Math.floor(c.res.status / 100)}xx` })
  }
}

/** Exact origins and no cookies: another origin brings a token. */
function allowOrigins(origins: string[]): MiddlewareHandler {
  return cors({
    origin: origins,
    allowMethods: ['GET', 'POST'],
    allowHeaders: ['authorization', 'content-type', 'x-graphql-yoga-csrf', 'x-request-id'],
    exposeHeaders: [
      'retry-after',
      'x-request-id',
      'x-ratelimit-limit',
      'x-ratelimit-remaining',
      'x-ratelimit-reset',
    ],
    maxAge: CORS_FRESH_SECONDS,
  })
}

function secure(publicUrl: string): MiddlewareHandler {
  const isSecure = publicUrl.startsWith('https:')
  return secureHeaders({
    strictTransportSecurity: isSecure && 'max-age=15552000',
    xFrameOptions: 'DENY',
  })
}
