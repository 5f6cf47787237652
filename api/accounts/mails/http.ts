import { type Context, Hono } from 'hono'
import { verifyContact } from '../../alerts/contacts/deeds.ts'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../refusal.ts'
import { clientIpOf } from '../../web/client-ip.ts'
import { contentSecurityPolicyOf } from '../../web/page-security.ts'
import { noteRetry, statuses } from '../../web/refuse.ts'
import type { Web } from '../../web/web.ts'
import type { Attempts } from '../attempts.ts'
import {
  type ConfirmedKind,
  confirmedKindAt,
  questionPage,
  refusalPage,
  thanksPage,
} from './confirmation.ts'
import { verifyEmail } from './deeds.ts'
import { hasConfirmed } from './store.ts'
import { mailIdOf } from './token.ts'

const PATH = '/confirm/:place/:token'

const verify = { VERIFY_EMAIL: verifyEmail, VERIFY_CONTACT: verifyContact } satisfies Record<
  ConfirmedKind,
  (deps: Deps, token: string) => Promise<void>
>

/** For whoever follows the link of a mail and has no account, nor wants to know of GraphQL. */
export function confirmationRoutes(deps: Deps, attempts: Attempts): Hono<Web> {
  const routes = new Hono<Web>()
  routes.get(PATH, (c, next) => {
    const kind = confirmedKindAt(c.req.param('place'))
    return kind ? page(c, questionPage(kind)) : next()
  })
  routes.post(PATH, async (c, next) => {
    const kind = confirmedKindAt(c.req.param('place'))
    if (!kind) return next()
    await attempts.mail(callerOf(c, deps))
    await confirm(deps, kind, c.req.param('token'))
    return page(c, thanksPage(kind))
  })
  routes.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    noteRetry(c, error)
    c.status(statuses[error.code])
    return page(c, refusalPage(error.message))
  })
  return routes
}

/** Of two presses the second finds it done, whether it comes later or at once. */
async function confirm(deps: Deps, kind: ConfirmedKind, token: string): Promise<void> {
  try {
    await verify[kind](deps, token)
  } catch (error) {
    const mailId = mailIdOf(deps.keyring, kind, token)
    if (mailId === null || !(await hasConfirmed(deps.database.pool, mailId))) throw error
  }
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
