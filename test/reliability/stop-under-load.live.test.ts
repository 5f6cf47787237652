import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { leastOf } from '../least.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { nudge, type NudgedSlot } from '../rig/leases.ts'
import { everythingRun } from '../rig/play.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import type { Mood } from '../rig/target.ts'
import { full } from '../size.ts'

const CROWD = full ? 2_000 : 200
const SPREAD_MS = 2_000
const STOP_MS = full ? 10_000 : 25_000
/** Longer than any stop, so that a check under way at a hanging target does not end by itself. */
const CHECK_TIMEOUT_MS = 30_000

test('SIGTERM under load: what is under way is recorded, what is not begun is given back at once', async () => {
  const givenBack = await leastOf(1, async () => {
    await using stage = await openStage()
    const slots = await stopUnderLoad(stage, 'slow')
    const unrecorded = await unrecordedVisits(stage)
    await stage.start()
    await everythingRun(stage, slots)
    expect(await unrecordedVisits(stage)).toBe(unrecorded)
    return unrecorded
  })
  // None of the best: what is under way gets two seconds, which a machine may need for other things.
  expect(givenBack).toBe(0)
}, 240_000)

test('SIGTERM while targets hang: nobody waits for them, and a successor has their runs at once', async () => {
  await using stage = await openStage()
  const slots = await stopUnderLoad(stage, 'hang')
  stage.target.become('up')
  await stage.start()
  await everythingRun(stage, slots, CHECK_TIMEOUT_MS)
}, 120_000)

async function stopUnderLoad(stage: Stage, mood: Mood): Promise<NudgedSlot[]> {
  const { database, target } = stage
  const server = await stage.start()
  await gatherCrowd(stage, server, { count: CROWD, timeoutMs: CHECK_TIMEOUT_MS })
  target.become(mood)
  const slots = await nudge(database.pool, { overMs: SPREAD_MS })
  await eventually('the server is busy', () => target.visits.length > CROWD / 4)

  const { code, tookMs } = await server.stop()
  expect(code).toBe(0)
  expect(tookMs).toBeLessThan(STOP_MS)
  const { rowCount } = await database.pool.query('SELECT FROM assignments WHERE is_leased')
  expect(rowCount).toBe(0)
  if (full) console.log(`SIGTERM, targets ${mood}: gone in ${Math.round(tookMs)} ms, no lease left`)
  return slots
}

async function unrecordedVisits({ database, target }: Stage): Promise<number> {
  const { rowCount } = await database.pool.query('SELECT FROM checks')
  return target.visits.length - (rowCount ?? 0)
}
