import type { IncomingMessage } from 'node:http'
import { MAX_SYNC_BYTES } from '../../../core/probe-protocol.ts'
import { judgeTimestamp, type Secret, verifyMessage } from '../../../core/signature.ts'
import type { Deps } from '../../deps.ts'
import { createLimiter, type Limiter } from '../../platform/rate-limiter.ts'
import { Refusal } from '../../refusal.ts'
import { type KnownProbe, liveSecrets, type ProbeKey } from '../keys/key.ts'
import { readProbeKey } from '../keys/store.ts'
import { createVault } from '../keys/vault.ts'
import { readBody, readHeaders, type SyncHeaders } from '../syncs/arrival.ts'
import { insertMessage } from '../syncs/store.ts'

/** By key, over all its shards. */
const SYNCS_PER_MINUTE = 600

/** A sync whose signature was right: whose it is, its bytes, and with what to sign the answer. */
export type Admitted = { probe: KnownProbe; messageId: string; body: Uint8Array; secret: Secret }

export type Gate = { admit(incoming: IncomingMessage): Promise<Admitted> }

/**
 * Lets in what a live probe has signed just now, once:
 * 1. headers and key are looked up before the body is read, so that a stranger's costs nothing,
 * 2. the body is read up to its limit, and its signature verified before anybody parses it,
 * 3. what the probe has spent and sent before is counted last, so that only itself can use it up.
 */
export function createGate(deps: Deps): Gate {
  const vault = createVault(deps.keyring)
  const limiter = createLimiter(deps.redis, {
    name: 'sync',
    points: SYNCS_PER_MINUTE,
    durationSeconds: 60,
  })

  async function verify(key: ProbeKey, headers: SyncHeaders, body: Uint8Array): Promise<Secret> {
    const nowMs = deps.clock.now()
    const secrets = await vault.open(liveSecrets(key, nowMs))
    const verdict = await verifyMessage(secrets, headers, body, nowMs)
    if (!verdict.isValid) throw unknownKey()
    return verdict.secret
  }

  return {
    async admit(incoming) {
      const headers = readHeaders(incoming.headers)
      const isInTime = headers && judgeTimestamp(headers.timestamp, deps.clock.now()) === null
      const key = isInTime ? await readProbeKey(deps.database.pool, headers.probeId) : null
      if (!headers || !key) throw unknownKey()
      const body = await readBody(incoming)
      if (!body) throw tooLong()
      const secret = await verify(key, headers, body)
      await spend(limiter, key)
      const message = { probeId: key.id, messageId: headers.id, at: deps.clock.now() }
      if (!(await insertMessage(deps.database.pool, message))) throw repeated()
      return { probe: key, messageId: headers.id, body, secret }
    },
  }
}

async function spend(limiter: Limiter, { id }: KnownProbe): Promise<void> {
  const { isOver, resetSeconds: retryAfterSeconds } = await limiter.spend(id)
  if (!isOver) return
  throw new Refusal('RATE_LIMITED', 'Too many syncs. Wait a little.', { retryAfterSeconds })
}

/** One answer for the unknown, the revoked, the wrongly signed and the late. */
function unknownKey(): Refusal {
  return new Refusal('UNAUTHENTICATED', 'No live key signed this just now.')
}

function tooLong(): Refusal {
  return new Refusal('LIMIT_REACHED', `A sync has at most ${MAX_SYNC_BYTES} bytes.`)
}

function repeated(): Refusal {
  return new Refusal('CONFLICT', 'This webhook-id was used before.')
}
