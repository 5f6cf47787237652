import type { Plugin } from 'graphql-yoga'
import { type Credential, credentialDigest } from '../accounts/credential.ts'
import { authenticate } from '../accounts/deeds.ts'
import { callerOf, type Principal } from '../accounts/principal.ts'
import type { Deps } from '../deps.ts'
import { networkOf } from '../network.ts'
import { createTally } from '../platform/tally.ts'
import { Refusal } from '../refusal.ts'

/** A minute, of what ends before it costs points: a document may take 16 ms of the one thread for it. */
const MAX_REFUSED = 600
const WINDOW_MS = 60_000
/** Credentials that let somebody in lately. */
const MAX_KNOWN = 10_000

/** Who is there, before anybody has looked who it is. */
export type Stranger = { credential: Credential; clientIp: string | null }

/**
 * Counts what is refused before it is executed: unknown tokens, and documents and variables that are wrong. A
 * credential that was good lately answers for itself, all others for their network: whoever is known is never
 * refused because of those who share an address with them.
 */
export type Gate = {
  /** Who it is. Where too much was refused nobody is looked up. */
  identify(stranger: Stranger): Promise<Principal | null>
  /** Counts what was refused elsewhere, and returns it. */
  counted<Problem>(stranger: Stranger, problem: Problem): Problem
  plugin: Plugin<Stranger>
}

export function createGate(deps: Deps, atMost: number = MAX_REFUSED): Gate {
  const now = () => performance.now()
  const { isFull, count, resetSeconds } = createTally({ atMost, windowMs: WINDOW_MS, now })
  const known = createKnown()

  const accountOf = ({ credential, clientIp }: Stranger) =>
    known.callerBy(credential) ?? networkOf(clientIp)

  function letPass(stranger: Stranger): void {
    const account = accountOf(stranger)
    if (isFull(account)) throw tooMuchRefused(resetSeconds(account))
  }

  return {
    async identify(stranger) {
      const { credential } = stranger
      if (credential.kind === 'NONE') return null
      letPass(stranger)
      try {
        const principal = await authenticate(deps, credential)
        if (principal) known.add(credential, principal)
        return principal
      } catch (error) {
        if (error instanceof Refusal) {
          known.drop(credential)
          count(accountOf(stranger))
        }
        throw error
      }
    },
    counted(stranger, problem) {
      count(accountOf(stranger))
      return problem
    },
    plugin: {
      onParse({ context }) {
        letPass(context)
        return ({ result }) => {
          if (result instanceof Error) count(accountOf(context))
        }
      },
      onValidate({ context }) {
        return ({ valid }) => {
          if (!valid) count(accountOf(context))
        }
      },
    },
  }
}

/** Who came in by a credential, the latest of them. */
function createKnown() {
  const callers = new Map<string, string>()
  return {
    callerBy: (credential: Credential) => callers.get(credentialDigest(credential)),
    add(credential: Credential, principal: Principal): void {
      const digest = credentialDigest(credential)
      callers.delete(digest)
      callers.set(digest, callerOf(principal).caller)
      if (callers.size > MAX_KNOWN) callers.delete(callers.keys().next().value!)
    },
    drop: (credential: Credential) => callers.delete(credentialDigest(credential)),
  }
}

function tooMuchRefused(retryAfterSeconds: number): Refusal {
  const message = 'Too much of what you sent was refused. Wait a little.'
  return new Refusal('RATE_LIMITED', message, { retryAfterSeconds })
}
