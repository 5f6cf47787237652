import type { ProbeAssignment, SyncAnswer } from '../../../core/probe-protocol.ts'
import type { RegionPolicy } from '../../../core/view.ts'
import type { Deps } from '../../deps.ts'
import { setAside } from '../../monitors/deeds.ts'
import { toCheckRequest } from '../../monitors/monitor.ts'
import { type AssignmentRow, readAssignments, readVersion, type Scope } from './store.ts'

/** What a probe is to check; null where that is what it holds. Secrets are opened only where they go out. */
export async function readNewAssignments(
  deps: Deps,
  scope: Scope,
  heldVersion: string | null,
): Promise<SyncAnswer['assignments']> {
  const { pool } = deps.database
  const version = await readVersion(pool, scope)
  if (version === heldVersion) return null
  const rows = await readAssignments(pool, scope)
  const items = await Promise.all(rows.map((row) => readAssignment(deps, row)))
  return { version: rows[0]?.version ?? version, items: items.filter((item) => item !== null) }
}

/** A row that cannot be read as a check is set aside; the others are checked. */
async function readAssignment(deps: Deps, row: AssignmentRow): Promise<ProbeAssignment | null> {
  const { id: monitorId, decidableFrom, intervalSeconds } = row
  try {
    const request = toCheckRequest(row, deps.keyring)
    return { monitorId, decidableFrom, intervalSeconds, policy: policyOf(row), request }
  } catch (error) {
    await setAside(deps, monitorId, 'its settings cannot be read', error)
    return null
  }
}

function policyOf(row: AssignmentRow): RegionPolicy {
  return {
    failureThreshold: row.failureThreshold,
    recoveryThreshold: row.recoveryThreshold,
    latencyThresholdMs: row.latencyThresholdMs,
    slowThreshold: row.slowThreshold,
    normalThreshold: row.normalThreshold,
    intervalSeconds: row.intervalSeconds,
    timeoutMs: row.timeoutMs,
  }
}
