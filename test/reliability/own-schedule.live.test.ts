import { expect, test } from 'vitest'
import { epochMs } from '../../api/platform/sql.ts'
import { slotPhaseMs } from '../../core/slot.ts'
import { eventually } from '../eventually.ts'
import { gatherCrowd } from '../rig/crowd.ts'
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

    const monitors = await slotsByMonitor(stage)
    expect(monitors.filter((monitor) => !isOnGrid(monitor))).toEqual([])
    const slots = monitors.flatMap((monitor) => monitor.slots).length
    if (full) console.log(`${CROWD} monitors every 10 s, two schedulers: ${slots} slots, no gap`)
  },
  PATIENCE_MS + 30_000,
)

type MonitorSlots = { id: string; slots: number[] }

/** From the second run on: the first is due at once, wherever that is. */
async function slotsByMonitor({ database }: Stage): Promise<MonitorSlots[]> {
  const { rows } = await database.pool.query<MonitorSlots>(
    `SELECT monitor_id AS id, (array_agg(slot_at ORDER BY slot_at))[2:] AS slots
     FROM (SELECT monitor_id, ${epochMs('scheduled_at')} AS slot_at FROM checks WHERE attempt = 0) c
     GROUP BY monitor_id`,
  )
  return rows
}

async function haveAllRun({ database }: Stage): Promise<boolean> {
  const { rowCount } = await database.pool.query(
    'SELECT FROM checks WHERE attempt = 0 GROUP BY monitor_id HAVING count(*) > $1',
    [SLOTS + 1],
  )
  return rowCount === CROWD
}

/** Each slot an interval after the one before, in the phase of the monitor. */
function isOnGrid({ id, slots }: MonitorSlots): boolean {
  const intervalMs = INTERVAL_SECONDS * 1_000
  const phaseMs = slotPhaseMs(id, INTERVAL_SECONDS)
  const first = slots[0] ?? -1
  return slots.every(
    (slotAt, nth) => slotAt % intervalMs === phaseMs && slotAt === first + nth * intervalMs,
  )
}
