import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { leastOf } from '../least.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { noteTakeovers, nudge, type NudgedSlot } from '../rig/leases.ts'
import { everythingRun } from '../rig/play.ts'
import type { RunningServer } from '../rig/server.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const CROWD = full ? 3_000 : 300
/** For each number of schedulers. */
const SLOTS = full ? 150_000 : 900
/** A wave is spread, so that each scheduler gets its share. */
const WAVE_MS = full ? 2_000 : 1_000
const TAKEOVER_MS = 1_000
const TIMEOUT_MS = full ? 1_800_000 : 240_000

test.each([2, 3])(
  '%i schedulers share the slots: none runs twice, none is missed, and a killed one is taken over',
  async (count) => {
    await using stage = await openStage()
    const start = () => stage.start({ roles: 'web,scheduler' })
    const servers = await Promise.all(Array.from({ length: count }, start))
    await gatherCrowd(stage, servers[0]!, { count: CROWD })
    const slots: NudgedSlot[] = []
    while (slots.length < SLOTS) {
      const wave = await nudge(stage.database.pool, { overMs: WAVE_MS })
      await everythingRun(stage, wave)
      slots.push(...wave)
    }
    const excused = new Set<string>()
    await asManyVisitsAsChecks(stage, excused)

    const takeoversMs = await noteTakeovers(stage.database.pool)
    const late: number[] = []
    const latestMs = await leastOf(TAKEOVER_MS, async () => {
      if (servers.length < count) servers.push(await start())
      slots.push(...(await killOne(stage, servers.shift()!, excused)))
      const lateMs = await takeoversMs()
      late.push(...lateMs)
      // One that held nothing as it died shows nothing.
      return lateMs.length > 0 ? Math.max(...lateMs) : Infinity
    })
    expect(latestMs).toBeLessThan(TAKEOVER_MS)
    await everythingRun(stage, slots)
    tell(count, slots.length, late)
  },
  TIMEOUT_MS,
)

/** Slow, so that whoever is killed holds runs that are under way; ends when others have run them all. */
async function killOne(
  stage: Stage,
  server: RunningServer,
  excused: Set<string>,
): Promise<NudgedSlot[]> {
  stage.target.become('slow')
  const visitsSoFar = stage.target.visits.length
  const wave = await nudge(stage.database.pool, { overMs: WAVE_MS })
  await eventually('a part has run', () => stage.target.visits.length > visitsSoFar + CROWD / 3)
  await server.kill()
  for (const path of await heldPaths(stage)) excused.add(path)
  await everythingRun(stage, wave)
  await asManyVisitsAsChecks(stage, excused)
  return wave
}

type Count = { path: string; checks: number; visits: number }

/**
 * Every target was asked as often as there are checks, once what is under way is recorded. Those whose
 * run was held by the dead may have been asked once more.
 */
async function asManyVisitsAsChecks(stage: Stage, excused: Set<string>): Promise<true> {
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

/** Of the runs that somebody holds. */
async function heldPaths({ database }: Stage): Promise<string[]> {
  const { rows } = await database.pool.query<{ path: string }>(
    `SELECT '/' || m.name AS path
     FROM assignments a JOIN monitors m ON m.id = a.monitor_id WHERE a.is_leased`,
  )
  return rows.map(({ path }) => path)
}

function tell(schedulers: number, slots: number, late: number[]): void {
  if (!full) return
  const takeover = `${late.length} taken over, at most ${Math.max(...late)} ms after the lease`
  console.log(`${schedulers} schedulers: ${slots} slots, none twice, none missed; ${takeover}`)
}
