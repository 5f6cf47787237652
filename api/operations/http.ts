import { setTimeout as delay } from 'node:timers/promises'
import { Hono } from 'hono'
import type { Deps } from '../deps.ts'
import { judgeReadiness, type Lateness, latenessOf } from './readiness.ts'
import { readBacklog } from './store.ts'

/** Longer than this is no answer: a supervisor would have given up on us. */
const ANSWER_DEADLINE_MS = 3_000

/** For supervisors and Prometheus: alive, ready for work, and the figures. */
export function operationsRoutes(deps: Deps): Hono {
  return new Hono()
    .get('/healthz', (context) => context.text('ok'))
    .get('/readyz', async (context) => {
      const readiness = judgeReadiness(await lateness(deps))
      // Told, but no reason: without it readers come by polling.
      const redis = deps.redis && (deps.redis.isUp() ? 'up' : 'away')
      return context.json({ ...readiness, redis }, readiness.isReady ? 200 : 503)
    })
    .get('/metrics', async (context) => {
      await gauge(deps)
      const { registry } = deps.metrics
      return context.body(await registry.metrics(), 200, { 'Content-Type': registry.contentType })
    })
}

/** Null when the database does not answer; that is what is asked, so it is an answer and no failure. */
async function lateness({ database, log }: Deps): Promise<Lateness | null> {
  try {
    const deadline = rejectAfter(ANSWER_DEADLINE_MS)
    return latenessOf(await Promise.race([readBacklog(database.pool), deadline]))
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer')
    return null
  }
}

async function rejectAfter(ms: number): Promise<never> {
  await delay(ms, undefined, { ref: false })
  throw new Error(`no answer within ${ms} ms`)
}

async function gauge(deps: Deps): Promise<void> {
  const { metrics, database, redis } = deps
  const late = await lateness(deps)
  metrics.slotLateSeconds.set(late ? late.slotLateMs / 1_000 : Number.NaN)
  metrics.alertLateSeconds.set(late ? late.deliveryLateMs / 1_000 : Number.NaN)
  metrics.redisUp.set(redis ? Number(redis.isUp()) : Number.NaN)
  const { totalCount, idleCount, waitingCount } = database.pool
  metrics.poolConnections.set({ state: 'open' }, totalCount)
  metrics.poolConnections.set({ state: 'idle' }, idleCount)
  metrics.poolConnections.set({ state: 'waiting' }, waitingCount)
}
