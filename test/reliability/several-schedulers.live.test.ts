import { expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { eventually } from '../eventually.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { nudge, type NudgedSlot } from '../rig/leases.ts'
import { everythingRun } from '../rig/play.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const CROWD = full ? 3_000 : 300
/** For each number of schedulers. */
const SLOTS = full ? 150_000 : 900
/** A wave is spread, so that each scheduler gets its share. */
const WAVE_MS = full ? 2_000 : 1_000
/** What is promised is a second, of a machine that has nothing else to do. */
const TAKEOVER_MS = full ? 1_000 : 10_000
const TIMEOUT_MS = full ? 1_800_000 : 120_000

/** A run that somebody held when a scheduler was killed. */
type HeldRun = { path: string; slotAt: number; leaseEndsAt: number }

test.each([2, 3])(
  '%i schedulers share the slots: none runs twice, none is missed, and a killed one is taken over',
  async (count) => {
    await using stage = await openStage()
    const servers = await Promise.all(
      Array.from({ length: count }, () => stage.start({ roles: 'web,scheduler' })),
    )
    await gatherCrowd(stage, servers[0]!, { count: CROWD })
    const slots: NudgedSlot[] = []
    while (slots.length < SLOTS) {
      const wave = await nudge(stage.database.pool, { overMs: WAVE_MS })
      await everythingRun(stage, wave)
      slots.push(...wave)
    }
    await asManyVisitsAsChecks(stage, [])

    // Slow, so that whoever is killed holds runs that are under way.
    stage.target.become('slow')
    const visitsSoFar = stage.target.visits.length
    const wave = await nudge(stage.database.pool, { overMs: WAVE_MS })
    await eventually('a part has run', () => stage.target.visits.length > visitsSoFar + CROWD / 3)
    await servers[0]!.kill()
    const held = await heldRuns(stage)
    await everythingRun(stage, wave)

    const late = await takeoversMs(stage, held)
    expect(late.length).toBeGreaterThan(0)
    expect(late.filter((ms) => ms > TAKEOVER_MS)).toEqual([])
    await asManyVisitsAsChecks(stage, held)
    await everythingRun(stage, slots)
    tell(count, slots.length + wave.length, late)
  },
  TIMEOUT_MS,
)

type Count = { path: string; checks: number; visits: number }

/**
 * Every target was asked as often as there are checks, once what is under way is recorded. Those whose
 * run was held by the dead may have been asked once more.
 */
async function asManyVisitsAsChecks(stage: Stage, held: HeldRun[]): Promise<true> {
  const excused = new Set(held.map((run) => run.path))
  return eventually('as many visits as checks', async () => {
    const counts = await countByPath(stage)
    const uneven = counts.filter(({ checks, visits }) => checks !== visits)
    expect(uneven.filter(({ path }) => !excused.has(path))).toEqual([])
    return true
  })
}

async function countByPath({ database, target }: Stage): Promise<Count[]> {
  const { rows } = await database.pool.query<{ path: string; checks: number }>(
    `SELECT '/' || m.name AS path, count(c)::int AS checks
     FROM monitors m LEFT JOIN checks c ON c.monitor_id = m.id GROUP BY m.name`,
  )
  const visits = Map.groupBy(target.visits, (visit) => visit.path)
  return rows.map((row) => ({ ...row, visits: visits.get(row.path)?.length ?? 0 }))
}

async function heldRuns({ database }: Stage): Promise<HeldRun[]> {
  const { rows } = await database.pool.query<HeldRun>(
    `SELECT '/' || m.name AS path, ${epochMs('a.slot_at')} AS "slotAt",
       ${epochMs('a.claimable_at')} AS "leaseEndsAt"
     FROM assignments a JOIN monitors m ON m.id = a.monitor_id WHERE a.is_leased`,
  )
  return rows
}

/** How long after the end of its lease each run that had to be taken over was begun. */
async function takeoversMs({ database }: Stage, held: HeldRun[]): Promise<number[]> {
  const { rows } = await database.pool.query<{ lateMs: number }>(
    `SELECT ${epochMs('c.checked_at')} - h.lease_ends_at AS "lateMs"
     FROM unnest($1::text[], $2::float8[], $3::float8[]) AS h (path, slot_at, lease_ends_at)
     JOIN monitors m ON '/' || m.name = h.path
     JOIN checks c ON c.monitor_id = m.id AND c.attempt = 0
       AND c.scheduled_at = to_timestamp(h.slot_at / 1000.0)::timestamptz(3)`,
    [
      held.map((run) => run.path),
      held.map((run) => run.slotAt),
      held.map((run) => run.leaseEndsAt),
    ],
  )
  return rows.map((row) => row.lateMs).filter((lateMs) => lateMs >= 0)
}

function tell(schedulers: number, slots: number, late: number[]): void {
  if (!full) return
  const takeover = `${late.length} taken over, at most ${Math.max(...late)} ms after the lease`
  console.log(`${schedulers} schedulers: ${slots} slots, none twice, none missed; ${takeover}`)
}
