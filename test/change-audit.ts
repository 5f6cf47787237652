import type { Database } from '../api/platform/database.ts'

/** What transactions did to each object, as lines: `MONITOR CREATED <id> in <transaction>`. */
export type ChangeAudit = {
  done(): Promise<string[]>
  announced(): Promise<string[]>
  forget(): Promise<unknown>
}

/**
 * Notes by triggers each row written of what a workspace is shown of monitors, incidents and alerts, and
 * each change that is announced: both are to be the same.
 */
export async function auditChanges({ pool }: Database): Promise<ChangeAudit> {
  await pool.query(AUDIT)
  const read = async (sql: string) => {
    const { rows } = await pool.query<{ line: string }>(sql)
    return rows.map(({ line }) => line)
  }
  return {
    done: () => read(DONE),
    announced: () => read(ANNOUNCED),
    forget: () => pool.query('TRUNCATE audit'),
  }
}

// Not shown is what only deciding needs; that a claim has counted an attempt is told once it is made.
const AUDIT = `
  CREATE TABLE audit (
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text, action text, node_id uuid, is_announced boolean DEFAULT false);

  CREATE FUNCTION shown(whole jsonb) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
    SELECT whole - '{decidable_from,certificate_told_days,certificate_due_at,certificate_mixed_at}'::text[] $$;
  CREATE FUNCTION vote(track json) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT coalesce(nullif(track ->> 'silence', 'null'), track -> 'changes' ->> -1) $$;

  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE told jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
    BEGIN
      INSERT INTO audit (kind, action, node_id) VALUES (
        TG_ARGV[0],
        CASE WHEN TG_ARGV[1] <> 'id' THEN 'UPDATED' ELSE
          CASE TG_OP WHEN 'INSERT' THEN 'CREATED' WHEN 'DELETE' THEN 'DELETED' ELSE 'UPDATED' END END,
        (told ->> TG_ARGV[1])::uuid);
      RETURN NULL;
    END $$;

  CREATE TRIGGER audit_made AFTER INSERT OR DELETE ON monitors
    FOR EACH ROW EXECUTE FUNCTION note('MONITOR', 'id');
  CREATE TRIGGER audit_updated AFTER UPDATE ON monitors
    FOR EACH ROW WHEN (shown(to_jsonb(OLD)) IS DISTINCT FROM shown(to_jsonb(NEW)))
    EXECUTE FUNCTION note('MONITOR', 'id');
  CREATE TRIGGER audit_transition AFTER INSERT OR UPDATE ON transitions
    FOR EACH ROW EXECUTE FUNCTION note('MONITOR', 'monitor_id');
  CREATE TRIGGER audit_region AFTER INSERT OR DELETE ON region_votes
    FOR EACH ROW EXECUTE FUNCTION note('MONITOR', 'monitor_id');
  CREATE TRIGGER audit_vote AFTER UPDATE ON region_votes
    FOR EACH ROW WHEN (vote(OLD.track) IS DISTINCT FROM vote(NEW.track))
    EXECUTE FUNCTION note('MONITOR', 'monitor_id');
  CREATE TRIGGER audit_address AFTER UPDATE ON heartbeats
    FOR EACH ROW WHEN (OLD.token_version <> NEW.token_version)
    EXECUTE FUNCTION note('MONITOR', 'monitor_id');
  CREATE TRIGGER audit_incident AFTER INSERT OR DELETE ON incidents
    FOR EACH ROW EXECUTE FUNCTION note('INCIDENT', 'id');
  CREATE TRIGGER audit_incident_updated AFTER UPDATE ON incidents
    FOR EACH ROW WHEN (OLD IS DISTINCT FROM NEW) EXECUTE FUNCTION note('INCIDENT', 'id');
  CREATE TRIGGER audit_entry AFTER INSERT ON incident_entries
    FOR EACH ROW EXECUTE FUNCTION note('INCIDENT', 'incident_id');
  CREATE TRIGGER audit_evidence AFTER INSERT OR DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION note('INCIDENT', 'incident_id');
  CREATE TRIGGER audit_evidence_taken AFTER UPDATE ON evidence
    FOR EACH ROW WHEN (OLD.problem IS DISTINCT FROM NEW.problem OR OLD.taken_at IS DISTINCT FROM NEW.taken_at)
    EXECUTE FUNCTION note('INCIDENT', 'incident_id');
  CREATE TRIGGER audit_alert AFTER INSERT OR DELETE ON alerts
    FOR EACH ROW EXECUTE FUNCTION note('ALERT', 'id');
  CREATE TRIGGER audit_attempt AFTER UPDATE ON alerts
    FOR EACH ROW WHEN (OLD.attempts = NEW.attempts) EXECUTE FUNCTION note('ALERT', 'id');
  CREATE TRIGGER audit_delivery AFTER INSERT ON delivery_attempts
    FOR EACH ROW WHEN (NEW.alert_id IS NOT NULL) EXECUTE FUNCTION note('ALERT', 'alert_id');

  CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO audit (kind, action, node_id, is_announced)
      VALUES (NEW.kind, NEW.action, NEW.node_id, true);
      RETURN NULL;
    END $$;
  CREATE TRIGGER audit_change AFTER INSERT ON changes
    FOR EACH ROW EXECUTE FUNCTION note_change();`

const LINE = `format('%s %s %s in %s', kind, action, node_id, xid)`

// New stays new until it is gone, and with a monitor goes, untold, what hangs on it.
const DONE = `
  WITH condensed AS (
    SELECT xid, kind, node_id, CASE
      WHEN bool_or(action = 'DELETED') THEN 'DELETED'
      WHEN bool_or(action = 'CREATED') THEN 'CREATED' ELSE 'UPDATED' END AS action
    FROM audit WHERE NOT is_announced GROUP BY xid, kind, node_id)
  SELECT ${LINE} AS line FROM condensed WHERE kind = 'MONITOR' OR action <> 'DELETED' ORDER BY line`

const ANNOUNCED = `SELECT ${LINE} AS line FROM audit WHERE is_announced ORDER BY line`
