import { eventually } from '../eventually.ts'
import { full } from '../size.ts'
import { createMonitor, type Caller, statuses } from './graphql.ts'
import { nudge, type NudgedSlot, slotsWithoutCheck } from './leases.ts'
import type { Script } from './oracle.ts'
import type { Stage } from './stage.ts'

/** Enough for one life of a server; where it dies, the next has as long again. */
const PATIENCE_MS = full ? 600_000 : 60_000

/** What has been played so far, kept up to date. */
export type Play = Script & { slots: NudgedSlot[] }

export const RECIPIENT = 'alice@pharos.example'

/**
 * Monitors that turn at the second check, and whose own interval and freshness are longer than a test:
 * what runs, runs because it was nudged.
 */
export async function createCast(alice: Caller, stage: Stage, count: number): Promise<Play> {
  for (const name of Array.from({ length: count }, (_, index) => `monitor-${index}`)) {
    await createMonitor(alice, {
      name,
      target: stage.target.urlOf(name),
      intervalSeconds: 3_600,
      // No load of the machine that tests run on makes a target late that is up.
      timeoutMs: 10_000,
      failureThreshold: 2,
      recoveryThreshold: 2,
    })
  }
  return { recipient: RECIPIENT, statuses: [], slots: [] }
}

/** Turns the target and has everything checked until every monitor is seen to have turned. */
export async function turn(stage: Stage, alice: Caller, play: Play): Promise<void> {
  const next = play.statuses.at(-1) === 'UP' ? 'DOWN' : 'UP'
  stage.target.become(next === 'UP' ? 'up' : 'down')
  play.statuses.push(next)
  await inTheEnd(stage, `every monitor is ${next}`, async () => {
    await keepStorming(stage)
    play.slots.push(...(await nudge(stage.database.pool)))
    const seen = await statuses(alice)
    return seen.size > 0 && [...seen.values()].every((status) => status === next)
  })
}

/** What a storm has gathered is told now, and not in minutes. */
const HASTEN = `UPDATE digests SET next_attempt_at = now() WHERE status = 'PENDING' AND fence = 0`
/** And it goes on however long its turns take: what was told one by one was told just now. */
const HOLD = `UPDATE alerts SET created_at = now()
  WHERE status = 'SENT' AND digest_id IS NULL AND created_at < now() - interval '20 seconds'`
const UNTOLD = `SELECT count(*)::int AS untold FROM alerts WHERE status = 'PENDING'`

export async function everythingTold(stage: Stage): Promise<void> {
  await inTheEnd(stage, 'no alert waits', async () => {
    await keepStorming(stage)
    const { rows } = await stage.database.pool.query<{ untold: number }>(UNTOLD)
    return rows[0]?.untold === 0
  })
}

/** Every run that was asked for has left its check. */
export async function everythingRun(
  stage: Stage,
  slots: NudgedSlot[],
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const haveRun = async () => (await slotsWithoutCheck(stage.database.pool, slots)).length === 0
  await inTheEnd(stage, 'every slot has its check', haveRun, patienceMs)
}

/** However many lives of its servers it takes: only one that lives so long and does not bring it about has failed. */
async function inTheEnd(
  stage: Stage,
  what: string,
  ask: () => Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const steps = stage.steps()
  try {
    await eventually(what, ask, patienceMs)
  } catch (error) {
    if (stage.steps() === steps) throw error
    await inTheEnd(stage, what, ask, patienceMs)
  }
}

async function keepStorming({ database }: Stage): Promise<void> {
  await database.pool.query(HASTEN)
  await database.pool.query(HOLD)
}
