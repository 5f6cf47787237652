import type { Sql } from '../../api/platform/database.ts'
import { epochMs } from '../../api/platform/sql.ts'

/** A run that was asked for: its result must be found in `checks`. */
export type NudgedSlot = { monitorId: string; slotAt: number }

/**
 * Makes every monitor that is idle due now, or spread over the next `overMs`, instead of waiting for
 * its interval. One that is due by then or held by somebody is left alone, so that no slot asked for
 * is ever taken back.
 */
export async function nudge(
  sql: Sql,
  { overMs = 0, only = null }: { overMs?: number; only?: string[] | null } = {},
): Promise<NudgedSlot[]> {
  const { rows } = await sql.query<NudgedSlot>(
    `UPDATE assignments a SET slot_at = d.due_at, attempt = 0, claimable_at = d.due_at
     FROM (
       SELECT monitor_id, region, (now() + random() * $1 * interval '1 ms')::timestamptz(3) AS due_at
       FROM assignments
       WHERE NOT is_leased AND claimable_at > now() + $1 * interval '1 ms'
         AND ($2::uuid[] IS NULL OR monitor_id = ANY ($2))
       FOR UPDATE SKIP LOCKED
     ) d
     WHERE a.monitor_id = d.monitor_id AND a.region = d.region
     RETURNING a.monitor_id AS "monitorId", ${epochMs('slot_at')} AS "slotAt"`,
    [overMs, only],
  )
  return rows
}

/**
 * What the passing of time does to the leases of the dead: they end. Called only between a process's
 * death and the next one's start, when nobody alive holds any, it spares waiting the 11 to 30 seconds.
 */
export async function ageLeases(sql: Sql): Promise<void> {
  await sql.query('UPDATE assignments SET claimable_at = now() WHERE is_leased')
  await sql.query(`UPDATE alerts SET next_attempt_at = now() WHERE status = 'PENDING'`)
  await sql.query(`UPDATE digests SET next_attempt_at = now() WHERE status = 'PENDING'`)
  await sql.query(`UPDATE account_mails SET next_attempt_at = now() WHERE status = 'PENDING'`)
}

/**
 * From here on the database notes, by its own clock, how long after the end of a lease another claims its run.
 * Each reading tells those since the one before, in milliseconds.
 */
export async function noteTakeovers(sql: Sql): Promise<() => Promise<number[]>> {
  await sql.query(NOTE_TAKEOVERS)
  return async () => {
    const { rows } = await sql.query<{ lateMs: number }>(
      'DELETE FROM takeovers RETURNING late_ms AS "lateMs"',
    )
    return rows.map(({ lateMs }) => lateMs)
  }
}

const NOTE_TAKEOVERS = `
  CREATE TABLE takeovers (late_ms float8 NOT NULL);
  CREATE FUNCTION note_takeover() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO takeovers VALUES (extract(epoch FROM now() - OLD.claimable_at) * 1000);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_takeover AFTER UPDATE ON assignments
    FOR EACH ROW WHEN (OLD.is_leased AND NEW.is_leased AND NEW.fence > OLD.fence)
    EXECUTE FUNCTION note_takeover()`

/** The slots asked for that have no check, so far. */
export async function slotsWithoutCheck(sql: Sql, slots: NudgedSlot[]): Promise<NudgedSlot[]> {
  const { rows } = await sql.query<NudgedSlot>(
    `SELECT s.monitor_id AS "monitorId", s.slot_at AS "slotAt"
     FROM unnest($1::uuid[], $2::float8[]) AS s (monitor_id, slot_at)
     WHERE NOT EXISTS (
       SELECT FROM checks c
       WHERE c.monitor_id = s.monitor_id AND c.scheduled_at = to_timestamp(s.slot_at / 1000.0)::timestamptz(3)
         AND c.attempt = 0)`,
    [slots.map((slot) => slot.monitorId), slots.map((slot) => slot.slotAt)],
  )
  return rows
}
