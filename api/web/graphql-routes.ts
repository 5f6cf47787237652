import { ReadableStream } from 'node:stream/web'
import { Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Deps } from '../deps.ts'
import { MAX_BODY_BYTES } from '../graphql/limits.ts'
import type { Yoga } from '../graphql/yoga.ts'
import { clientIpOf } from './client-ip.ts'
import { refuse } from './refuse.ts'
import type { Web } from './web.ts'

/** GraphQL over HTTP: JSON only, short, as it is. A query may also come by GET with the CSRF header. */
export function graphqlRoutes(deps: Deps, yoga: Yoga): Hono<Web> {
  const routes = new Hono<Web>()
  routes.post('/graphql', requireJson, refuseCompressed, limitBody)
  routes.on(['GET', 'POST'], '/graphql', async (c) => {
    const answerHeaders = new Headers()
    const { remoteAddress } = c.env.incoming.socket
    const forwardedFor = c.req.header('x-forwarded-for') ?? null
    const { trustedProxies } = deps.environment
    const answer = await yoga.fetch(c.req.raw, {
      requestId: c.get('requestId'),
      clientIp: clientIpOf(remoteAddress, forwardedFor, trustedProxies),
      answerHeaders,
    })
    for (const [name, value] of answer.headers) answerHeaders.append(name, value)
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
