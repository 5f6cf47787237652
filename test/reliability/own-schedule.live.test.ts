import { expect, test } from 'vitest'
import { eventually } from '../eventually.ts'
import { gatherCrowd } from '../rig/crowd.ts'
import { isOnGrid, readCheckedSlots } from '../rig/slots.ts'
import { openStage, type Stage } from '../rig/stage.ts'
import { full } from '../size.ts'

const CROWD = full ? 2_000 : 200
const INTERVAL_SECONDS = 10
/** After the first run, which all of the crowd have in common. */
const SLOTS = full ? 30 : 2
const PATIENCE_MS = (SLOTS + 6) * INTERVAL_SECONDS * 1_000

test(
  'left alone, two schedulers run every slot of every monitor once',
  async () => {
    await using stage = await openStage()
    const [one] = [await stage.start(), await stage.start()]
    await gatherCrowd(stage, one, { count: CROWD, intervalSeconds: INTERVAL_SECONDS })
    await eventually('all have had their slots', () => haveAllRun(stage), PATIENCE_MS)

    const checked = await readCheckedSlots(stage.database.pool)
    expect(checked.filter((monitor) => !isOnGrid(monitor, INTERVAL_SECONDS))).toEqual([])
    const slots = checked.flatMap((monitor) => monitor.slots).length
    if (full) console.log(`${CROWD} monitors every 10 s, two schedulers: ${slots} slots, no gap`)
  },
  PATIENCE_MS + 30_000,
)

async function haveAllRun({ database }: Stage): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    'SELECT FROM checks WHERE attempt = 0 GROUP BY monitor_id HAVING count(*) > $1',
    [SLOTS + 1],
  )
  return rowCount === CROWD
}
