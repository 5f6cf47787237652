import { type Context, Hono } from 'hono'
import type { SyncAnswer } from '../../../core/probe-protocol.ts'
import { signMessage } from '../../../core/signature.ts'
import { readSyncRequest } from '../../../core/sync-request.ts'
import { createIntake, type Intake } from '../../checks/intake/deeds.ts'
import type { Deps } from '../../deps.ts'
import { isPassing } from '../../platform/database.ts'
import { Refusal } from '../../refusal.ts'
import { createTurnstile } from '../../turnstile.ts'
import { refuseCompressed } from '../../web/graphql-routes.ts'
import { refuse, statuses as usualStatuses } from '../../web/refuse.ts'
import type { Web } from '../../web/web.ts'
import { type Admitted, createGate } from '../admission/deeds.ts'
import { takeSync } from './deeds.ts'

const PATH = '/probe/sync'
/** Fewer than the pool's connections: syncs never keep everybody else from the database. */
const SYNCS_AT_ONCE = 4
const SYNCS_WAITING = 60
const RETRY_AFTER_SECONDS = 5

/** All that a probe says to us, and what it is told: docs/probe-protocol.md. */
export function syncRoutes(deps: Deps): Hono<Web> {
  const gate = createGate(deps)
  const intake = createIntake(deps)
  const turnstile = createTurnstile(
    SYNCS_AT_ONCE,
    SYNCS_WAITING,
    'Too many probes are syncing at once.',
  )
  const routes = new Hono<Web>()
  routes.post(PATH, refuseCompressed, async (c) => {
    const admitted = await gate.admit(c.env.incoming)
    const answer = await turnstile.pass(() => answerTo(deps, intake, admitted))
    return answer ? signed(c, admitted, answer) : tryAgain(c, deps)
  })
  routes.all(PATH, (c) => {
    c.header('allow', 'POST')
    return refuse(c, 405, 'BAD_USER_INPUT', 'Probes sync by POST.')
  })
  routes.onError((error, c) => {
    if (error instanceof Refusal) return refused(c, deps, error)
    if (!isPassing(error)) throw error
    deps.log.warn({ err: error }, 'a sync was not taken, it comes again')
    return tryAgain(c, deps)
  })
  return routes
}

/** Null where nothing was taken and the fault may be ours. */
async function answerTo(
  deps: Deps,
  intake: Intake,
  { probe, body }: Admitted,
): Promise<SyncAnswer | null> {
  const request = readSyncRequest(Buffer.from(body).toString())
  if ('problem' in request)
    throw new Refusal('BAD_USER_INPUT', `This is no sync: ${request.problem}.`)
  return takeSync(deps, intake, probe, request)
}

/** Signed too, so that nobody else can tell a probe what to check. */
async function signed(c: Context, { messageId, secret }: Admitted, answer: SyncAnswer) {
  const body = JSON.stringify(answer)
  const timestampSeconds = Math.floor(answer.serverTime / 1000)
  const signature = await signMessage(secret, { id: messageId, timestampSeconds, body })
  return c.body(body, 200, {
    'content-type': 'application/json',
    'webhook-id': messageId,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': signature,
  })
}

/** The server's time comes with every refusal, so that a probe whose clock is off can sign anew. */
function refused(c: Context, { clock }: Deps, { code, message, retryAfterSeconds }: Refusal) {
  if (retryAfterSeconds !== null) c.header('retry-after', String(retryAfterSeconds))
  return c.json({ error: message, serverTime: clock.now() }, statuses[code])
}

function tryAgain(c: Context, { clock }: Deps) {
  c.header('retry-after', String(RETRY_AFTER_SECONDS))
  return c.json({ error: 'Nothing was taken. Send it again.', serverTime: clock.now() }, 503)
}

/** What is over a limit here is too long. */
const statuses = { ...usualStatuses, LIMIT_REACHED: 413 } as const
