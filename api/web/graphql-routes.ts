import { ReadableStream } from 'node:stream/web'
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { credentialOf } from '../accounts/credential.ts'
import type { Deps } from '../deps.ts'
import { MAX_BODY_BYTES } from '../graphql/limits.ts'
import type { Yoga } from '../graphql/yoga.ts'
import { clientIpOf } from './client-ip.ts'
import { refuse } from './refuse.ts'
import type { Streams } from './streams.ts'
import type { Web } from './web.ts'

/** The pipeline, and where those of its answers are kept that go on. */
export type Graphql = { yoga: Yoga; streams: Streams }

/** GraphQL over HTTP: JSON only, short, as it is. A query may also come by GET with the CSRF header. */
export function graphqlRoutes(deps: Deps, { yoga, streams }: Graphql): Hono<Web> {
  const routes = new Hono<Web>()
  routes.post('/graphql', requireJson, refuseCompressed, limitBody)
  routes.on(['GET', 'POST'], '/graphql', async (c) => {
    const answerHeaders = new Headers()
    const { remoteAddress } = c.env.incoming.socket
    const forwardedFor = c.req.header('x-forwarded-for') ?? null
    const { trustedProxies } = deps.environment
    // Not by fetch: when the caller goes away that drops the answer, and a stream in it would never be ended.
    const answer = await yoga.handleRequest(c.req.raw, {
      requestId: c.get('requestId'),
      clientIp: clientIpOf(remoteAddress, forwardedFor, trustedProxies),
      answerHeaders,
      credential: credentialOf(c.req.raw.headers),
    })
    for (const [name, value] of answer.headers) answerHeaders.append(name, value)
    if (isStream(answer)) {
      streams.keep(c.env)
      beStream(answerHeaders)
    }
    // A stream that is not Node's own would end the process when its reader goes away.
    const body = answer.body && (ReadableStream.from(answer.body) as typeof answer.body)
    return new Response(body, { status: answer.status, headers: answerHeaders })
  })
  routes.all('/graphql', (c) => {
    c.header('allow', 'GET, POST')
    return refuse(c, 405, 'BAD_USER_INPUT', 'GraphQL takes POST, and GET for queries.')
  })
  return routes
}

function isStream({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith('text/event-stream') ?? false
}

/** No proxy is to store it, change it or wait for its end. */
function beStream(headers: Headers): void {
  headers.set('cache-control', 'no-store, no-transform')
  headers.set('x-accel-buffering', 'no')
  // Yoga says `none`, which is no encoding there is.
  headers.delete('content-encoding')
}

/** Forms, plain text and multipart travel across origins without being asked; JSON does not. */
const requireJson: MiddlewareHandler = async (c, next) => {
  const contentType = c.req.header('content-type') ?? ''
  if (/^application\/json\s*(;|$)/i.test(contentType)) return next()
  return refuse(c, 415, 'BAD_USER_INPUT', 'Send the operation as application/json.')
}

/** A body of 498 bytes has been seen to unpack to 200 MB. */
export const refuseCompressed: MiddlewareHandler = async (c, next) => {
  const encoding = c.req.header('content-encoding') ?? 'identity'
  if (encoding === 'identity') return next()
  return refuse(c, 415, 'BAD_USER_INPUT', 'Send the body without content-encoding.')
}

const countBody = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: (c) => {
    c.header('connection', 'close')
    return refuse(c, 413, 'LIMIT_REACHED', `A body has at most ${MAX_BODY_BYTES} bytes.`)
  },
})

/** A length that is told is held to by Node itself; only a body without one has to be counted. */
const limitBody: MiddlewareHandler = async (c, next) => {
  const length = Number(c.req.header('content-length') ?? Number.NaN)
  return length <= MAX_BODY_BYTES ? next() : countBody(c, next)
}
