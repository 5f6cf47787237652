import type { Sql } from '../../api/platform/database.ts'
import { epochMs } from '../../api/platform/sql.ts'
import { slotPhaseMs } from '../../core/slot.ts'

/** The slots that one region has checked of one monitor, in their order, re-checks left out. */
export type CheckedSlots = { monitorId: string; region: string; slots: number[] }

/** From the second on: the first is due at once, wherever that is. */
export async function readCheckedSlots(sql: Sql): Promise<CheckedSlots[]> {
  const { rows } = await sql.query<CheckedSlots>(
    `SELECT monitor_id AS "monitorId", region, (array_agg(slot_at ORDER BY slot_at))[2:] AS slots
     FROM (
       SELECT monitor_id, region, ${epochMs('scheduled_at')} AS slot_at
       FROM checks WHERE attempt = 0
     ) c
     GROUP BY monitor_id, region`,
  )
  return rows
}

/** Each slot an interval after the one before, in the phase of the monitor. */
export function isOnGrid({ monitorId, slots }: CheckedSlots, intervalSeconds: number): boolean {
  const intervalMs = intervalSeconds * 1_000
  const phaseMs = slotPhaseMs(monitorId, intervalSeconds)
  const first = slots[0] ?? -1
  return slots.every(
    (slotAt, nth) => slotAt % intervalMs === phaseMs && slotAt === first + nth * intervalMs,
  )
}
