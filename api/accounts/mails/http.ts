import { type Context, Hono } from 'hono'
import { verifyContact } from '../../alerts/contacts/deeds.ts'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { clientIpOf } from '../../web/client-ip.ts'
import { contentSecurityPolicyOf } from '../../web/page-security.ts'
import { statuses } from '../../web/refuse.ts'
import type { Web } from '../../web/web.ts'
import { createAttempts } from '../attempts.ts'
import {
  type ConfirmedKind,
  confirmedKindAt,
  questionPage,
  refusalPage,
  thanksPage,
} from './confirmation.ts'
import { verifyEmail } from './deeds.ts'

const PATH = '/confirm/:place/:token'

const verify = { VERIFY_EMAIL: verifyEmail, VERIFY_CONTACT: verifyContact } satisfies Record<
  ConfirmedKind,
  (deps: Deps, token: string) => Promise<void>
>

/** For whoever follows the link of a mail and has no account, nor wants to know of GraphQL. */
export function confirmationRoutes(deps: Deps): Hono<Web> {
  const attempts = createAttempts(deps)
  const routes = new Hono<Web>()
  routes.get(PATH, (c, next) => {
    const kind = confirmedKindAt(c.req.param('place'))
    return kind ? page(c, questionPage(kind)) : next()
  })
  routes.post(PATH, async (c, next) => {
    const kind = confirmedKindAt(c.req.param('place'))
    if (!kind) return next()
    await attempts.mail(callerOf(c, deps))
    await verify[kind](deps, c.req.param('token'))
    return page(c, thanksPage(kind))
  })
  routes.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    c.status(statuses[error.code])
    return page(c, refusalPage(error.message))
  })
  return routes
}

function page(c: Context, html: string): Response | Promise<Response> {
  c.header('cache-control', 'no-store')
  c.header('content-security-policy', contentSecurityPolicyOf(html, { hasForm: true }))
  return c.html(html)
}

function callerOf(c: Context<Web>, { environment }: Deps): string | null {
  const { remoteAddress } = c.env.incoming.socket
  const forwardedFor = c.req.header('x-forwarded-for') ?? null
  return clientIpOf(remoteAddress, forwardedFor, environment.trustedProxies)
}
