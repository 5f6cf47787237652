import { createHash } from 'node:crypto'
import type { Deps } from '../deps.ts'
import { networkOf } from '../network.ts'
import { createLimiter, type Limiter } from '../platform/rate-limiter.ts'
import { Refusal } from '../refusal.ts'

const MINUTE_SECONDS = 60

/** By address of the caller, a minute each. Sign-up is wider: a class room shares one address. */
const SIGN_INS_PER_MINUTE = 10
const SIGN_UPS_PER_MINUTE = 30
const MAILS_PER_MINUTE = 10
/** By workspace: a test sends a request, or a message, to wherever its caller says. */
const MONITOR_TESTS_PER_MINUTE = 30
const CHANNEL_TESTS_PER_MINUTE = 30
/** By account: failures in a row of minutes, whichever addresses they come from. */
const FAILURES_PER_ACCOUNT = 5
const FAILURES_SECONDS = 15 * MINUTE_SECONDS

/** What keeps guessing slow: tries are counted before they are made. */
export type Attempts = {
  signIn(clientIp: string | null): Promise<void>
  signUp(clientIp: string | null): Promise<void>
  mail(clientIp: string | null): Promise<void>
  monitorTest(workspaceId: string): Promise<void>
  channelTest(workspaceId: string): Promise<void>
  /** Runs a check of this account's password; only those that fail stay counted. */
  againstAccount<T>(account: string, check: () => Promise<T>): Promise<T>
}

export function createAttempts({ redis }: Pick<Deps, 'redis'>): Attempts {
  const limiter = (name: string, points: number, durationSeconds = MINUTE_SECONDS) =>
    createLimiter(redis, { name, points, durationSeconds })
  const signIns = limiter('sign-in', SIGN_INS_PER_MINUTE)
  const signUps = limiter('sign-up', SIGN_UPS_PER_MINUTE)
  const mails = limiter('mail', MAILS_PER_MINUTE)
  const monitorTests = limiter('monitor-test', MONITOR_TESTS_PER_MINUTE)
  const channelTests = limiter('channel-test', CHANNEL_TESTS_PER_MINUTE)
  const failures = limiter('failure', FAILURES_PER_ACCOUNT, FAILURES_SECONDS)
  return {
    signIn: (clientIp) => spend(signIns, networkOf(clientIp)),
    signUp: (clientIp) => spend(signUps, networkOf(clientIp)),
    mail: (clientIp) => spend(mails, networkOf(clientIp)),
    monitorTest: (workspaceId) => spend(monitorTests, workspaceId),
    channelTest: (workspaceId) => spend(channelTests, workspaceId),
    async againstAccount(account, check) {
      const key = createHash('sha256').update(account.trim().toLowerCase()).digest('hex')
      await spend(failures, key)
      try {
        const result = await check()
        await failures.forget(key)
        return result
      } catch (error) {
        if (!isWrongPassword(error)) await failures.giveBack(key)
        throw error
      }
    },
  }
}

function isWrongPassword(error: unknown): boolean {
  return error instanceof Refusal && error.code === 'UNAUTHENTICATED'
}

async function spend(limiter: Limiter, key: string): Promise<void> {
  const { isOver, resetSeconds: retryAfterSeconds } = await limiter.spend(key)
  if (!isOver) return
  throw new Refusal('RATE_LIMITED', 'Too many attempts. Wait a little.', { retryAfterSeconds })
}
