import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible'
import type { Redis } from './redis.ts'

/** How a key stands once it has spent. */
export type Spending = { isOver: boolean; remaining: number; resetSeconds: number }

/** Counts points by key. What is over counts too. */
export type Limiter = {
  readonly points: number
  spend(key: string, points?: number): Promise<Spending>
  /** For points that should not have counted; one, where nothing else is said. */
  giveBack(key: string, points?: number): Promise<void>
  forget(key: string): Promise<void>
}

type Limits = { name: string; points: number; durationSeconds: number }

/** All processes count together in Redis; without it, or while it does not answer, each for itself. */
export function createLimiter(
  redis: Redis | null,
  { name, points, durationSeconds: duration }: Limits,
): Limiter {
  const local = new RateLimiterMemory({ points, duration })
  const shared = redis && sharedLimiter(redis, { name, points, durationSeconds: duration })

  // Not by the library's insuranceLimiter: there every caller waits for a Redis that hangs.
  async function insured<T>(
    key: string,
    count: (limiter: RateLimiterAbstract, key: string) => Promise<T>,
  ): Promise<T> {
    if (!redis || !shared || !redis.isUp()) return count(local, key)
    try {
      return await redis.soon(count(shared, redis.hide(key)))
    } catch {
      return count(local, key)
    }
  }

  return {
    points,
    async spend(key, cost = 1) {
      const spent = await insured(key, (limiter, name) => consume(limiter, name, cost))
      const { consumedPoints, msBeforeNext } = spent
      return {
        isOver: consumedPoints > points,
        remaining: Math.max(0, points - consumedPoints),
        resetSeconds: Math.ceil(msBeforeNext / 1_000),
      }
    },
    async giveBack(key, cost = 1) {
      await insured(key, (limiter, name) => limiter.reward(name, cost))
    },
    async forget(key) {
      await insured(key, (limiter, name) => limiter.delete(name))
    },
  }
}

function sharedLimiter(redis: Redis, { name, points, durationSeconds }: Limits): RateLimiterRedis {
  return new RateLimiterRedis({
    storeClient: redis.connection,
    keyPrefix: `${redis.prefix}${name}`,
    points,
    duration: durationSeconds,
  })
}

/** The library rejects with the figures of whoever is over. */
function consume(
  limiter: RateLimiterAbstract,
  key: string,
  points: number,
): Promise<RateLimiterRes> {
  return limiter.consume(key, points).catch((rejection: unknown) => {
    if (rejection instanceof RateLimiterRes) return rejection
    throw rejection
  })
}
