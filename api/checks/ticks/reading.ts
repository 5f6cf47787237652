import type { Database } from '../../platform/database.ts'
import { createFollowed, type Followed } from '../../platform/following/followed.ts'
import { createReader, type Reader } from '../../platform/following/reader.ts'
import { startWatch } from '../../platform/following/watch.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import type { ShownCheck } from '../history/check.ts'
import { readLastChecks } from './store.ts'
import { newTicking, tick, tickAfter, type Ticking } from './tick.ts'

/** How late a check comes of which no wake has told. */
const POLL_MS = 2_000

/** The checks of monitors as they are recorded, read once for all who follow them in this process. */
export type Ticks = {
  /** From now on; whoever is slow is told the newest check of each region, and not all. */
  follow(monitorId: string): Promise<Reader<ShownCheck>>
}

/** Does nothing while nobody follows anything. */
export function createTicks(database: Database, pollMs = POLL_MS): Ticks {
  const due = new Set<string>()
  const monitors: Followed<Ticking> = createFollowed(newTicking, () =>
    startWatch(database, {
      name: 'look for checks',
      topic: 'checks',
      everyMs: pollMs,
      hear: lookAt,
      look: () => lookAt(monitors.keys()),
    }),
  )

  async function lookAt(monitorIds: readonly string[]): Promise<void> {
    for (const id of monitorIds) if (monitors.get(id)) due.add(id)
    if (due.size > 0) await lookAtDue()
  }

  const lookAtDue = oneAtATime(async () => {
    const monitorIds = [...due]
    due.clear()
    for (const check of await readLastChecks(database.pool, monitorIds)) {
      const ticking = monitors.get(check.monitorId)
      if (ticking) tick(ticking, check)
    }
  })

  function readFrom(count: number, monitorId: string): Reader<ShownCheck> {
    const checks = checksOf(monitors.join(monitorId), count)
    return createReader({
      ...checks,
      fork: () => readFrom(checks.told(), monitorId),
      end: () => monitors.leave(monitorId),
    })
  }

  return {
    async follow(monitorId) {
      const ticking = monitors.join(monitorId)
      try {
        await lookAt([monitorId])
        return readFrom(ticking.count, monitorId)
      } finally {
        monitors.leave(monitorId)
      }
    },
  }
}

/** What comes of a monitor after so many. */
function checksOf(ticking: Ticking, count: number) {
  let told = count
  return {
    waiters: ticking,
    told: () => told,
    hasMore: () => tickAfter(ticking, told) !== null,
    take(): ShownCheck | null {
      const next = tickAfter(ticking, told)
      if (next) told = next.number
      return next && next.check
    },
  }
}
