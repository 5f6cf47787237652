import type { CheckKind } from '../../../core/check.ts'
import { AGENT_CAPABILITIES, type Shard } from '../../../core/probe-protocol.ts'
import type { RegionPolicy } from '../../../core/view.ts'
import type { MonitorTargetRow } from '../../monitors/monitor.ts'
import type { Sql } from '../../platform/database.ts'
import { epochMs } from '../../platform/sql.ts'
import type { KnownProbe } from '../keys/key.ts'
import type { AssignedMonitor } from '../syncs/result.ts'

/** Whose assignments, of those kinds that it can run. */
export type Scope = { probe: KnownProbe; capabilities: CheckKind[]; shard: Shard | null }

/** Of these monitors those of the probe, in whichever shard, and whatever it can run now: results may have waited. */
export async function readAssigned(
  sql: Sql,
  probe: KnownProbe,
  monitorIds: string[],
): Promise<AssignedMonitor[]> {
  const scope = { probe, capabilities: [...AGENT_CAPABILITIES], shard: null }
  const { rows } = await sql.query<AssignedMonitor>({
    name: 'read-assigned',
    text: `
      SELECT m.id AS "monitorId", m.kind, m.interval_seconds AS "intervalSeconds", ${DECIDABLE_FROM}
      FROM unnest($7::uuid[]) AS k (monitor_id) JOIN assignments a USING (monitor_id) ${ASSIGNED}`,
    values: [...parameters(scope), monitorIds],
  })
  return rows
}

/** Differs where anything that an assignment is made of differs. */
export async function readVersion(sql: Sql, scope: Scope): Promise<string> {
  const { rows } = await sql.query<{ version: string }>({
    name: 'read-assignments-version',
    text: `SELECT ${version('')} AS version FROM assignments a ${ASSIGNED}`,
    values: parameters(scope),
  })
  return rows[0]!.version
}

export type AssignmentRow = MonitorTargetRow &
  RegionPolicy & {
    decidableFrom: number
    /** Of all the rows together: the same in each of them. */
    version: string
  }

export async function readAssignments(sql: Sql, scope: Scope): Promise<AssignmentRow[]> {
  const { rows } = await sql.query<AssignmentRow>({
    name: 'read-assignments',
    text: `
      SELECT m.id, m.workspace_id AS "workspaceId", m.kind, m.target, m.timeout_ms AS "timeoutMs",
        m.expectations, m.secrets, m.assertions, m.interval_seconds AS "intervalSeconds",
        m.failure_threshold AS "failureThreshold", m.recovery_threshold AS "recoveryThreshold",
        m.latency_threshold_ms AS "latencyThresholdMs", m.slow_threshold AS "slowThreshold",
        m.normal_threshold AS "normalThreshold", ${DECIDABLE_FROM}, ${version('OVER ()')} AS version
      FROM assignments a ${ASSIGNED}
      ORDER BY m.id`,
    values: parameters(scope),
  })
  return rows
}

const DECIDABLE_FROM = `${epochMs('m.decidable_from')} AS "decidableFrom"`

// A workspace's own probe comes before one that is shared. Parts as core/probe-plan.ts `shardOf` has them.
const ASSIGNED = `
  JOIN monitors m ON m.id = a.monitor_id
  WHERE a.region = $1
    AND (a.workspace_id = $2 OR $3 AND a.workspace_id <> ALL (ARRAY(
      SELECT p.workspace_id FROM probes p WHERE p.region = $1 AND p.revoked_at IS NULL)))
    AND m.is_active AND m.quarantined_at IS NULL AND m.kind = ANY ($4::monitor_kind[])
    AND ($5::int IS NULL
      OR ('x' || right(a.monitor_id::text, 12))::bit(48)::bigint % $6::int = $5)`

/** Any change of settings moves updated_at; a pause, a quarantine and their ends move decidable_from. */
function version(window: string): string {
  const row = 'ROW (m.id, m.updated_at, m.decidable_from)'
  return `count(*) ${window} || '-' ||
    to_hex(coalesce(bit_xor(hash_record_extended(${row}, 0)) ${window}, 0))`
}

function parameters({ probe, capabilities, shard }: Scope): unknown[] {
  const { region, workspaceId, isShared } = probe
  return [region, workspaceId, isShared, capabilities, shard?.index ?? null, shard?.of ?? null]
}
