import { permissionsOf } from '../api/accounts/principal.ts'
import type { Deps } from '../api/deps.ts'
import { registerProbe } from '../api/probes/deeds.ts'
import type { ProbeResult } from '../core/probe-protocol.ts'
import { slotAtOrAfter } from '../core/slot.ts'
import { plantMonitors, type Sandbox } from './sandbox.ts'

const INTERVAL_SECONDS = 10

/** A probe with a region and monitors of its own. */
export type BenchProbe = {
  keyId: string
  secret: string
  region: string
  monitorIds: string[]
  decidableFrom: number
}

export async function plantProbes(
  sandbox: Sandbox,
  deps: Deps,
  { probes, monitorsEach }: { probes: number; monitorsEach: number },
): Promise<BenchProbe[]> {
  const ids = await plantMonitors(sandbox, {
    count: probes * monitorsEach,
    target: 'http://127.0.0.1:9/',
    intervalSeconds: INTERVAL_SECONDS,
    isChecked: false,
  })
  const planted: BenchProbe[] = []
  for (let nth = 0; nth < probes; nth += 1) {
    const monitorIds = ids.slice(nth * monitorsEach, (nth + 1) * monitorsEach)
    planted.push(await plantProbe(sandbox, deps, `bench-${nth}`, monitorIds))
  }
  await sandbox.database.pool.query('ANALYZE')
  return planted
}

/** What a probe with these monitors found in the nth slot after an instant. */
export function resultsOf(probe: BenchProbe, fromMs: number, nth: number): ProbeResult[] {
  return probe.monitorIds.map((monitorId) => {
    const schedule = { monitorId, intervalSeconds: INTERVAL_SECONDS }
    const scheduledAt = slotAtOrAfter(schedule, fromMs) + nth * INTERVAL_SECONDS * 1_000
    const latencyMs = 20 + Math.random() * 200
    const { decidableFrom } = probe
    return {
      ...FOUND,
      monitorId,
      decidableFrom,
      scheduledAt,
      checkedAt: scheduledAt + 3,
      latencyMs,
    }
  })
}

async function plantProbe(
  { database: { pool } }: Sandbox,
  deps: Deps,
  region: string,
  monitorIds: string[],
): Promise<BenchProbe> {
  const { rows } = await pool.query<{ workspaceId: string; decidableFrom: number }>(
    `SELECT workspace_id AS "workspaceId",
       (extract(epoch FROM decidable_from) * 1000)::float8 AS "decidableFrom"
     FROM monitors LIMIT 1`,
  )
  const { workspaceId, decidableFrom } = rows[0]!
  await pool.query(
    `WITH moved AS (UPDATE monitors SET regions = ARRAY[$1] WHERE id = ANY ($2::uuid[])),
       voting AS (UPDATE region_votes SET region = $1 WHERE monitor_id = ANY ($2::uuid[]))
     INSERT INTO assignments (monitor_id, region, workspace_id, slot_at)
     SELECT id, $1, $3, now() FROM unnest($2::uuid[]) m (id)`,
    [region, monitorIds, workspaceId],
  )
  const owner = {
    workspaceId,
    userId: workspaceId,
    role: 'OWNER',
    permissions: permissionsOf('OWNER'),
    credential: { kind: 'SESSION', sessionId: workspaceId },
  } as const
  const input = { name: region, region, kind: 'AGENT', isShared: false } as const
  const { probeId: keyId, secret } = await registerProbe(deps, owner, input)
  return { keyId, secret, region, monitorIds, decidableFrom }
}

const FOUND = {
  attempt: 0,
  outcome: 'UP',
  errorKind: null,
  message: null,
  httpStatus: 200,
  dnsOk: true,
  tlsOk: null,
  contentOk: true,
  phases: { resolveMs: 0.1, connectMs: 1.5, tlsMs: null, processingMs: 17.25, transferMs: 0.5 },
  certificateExpiresAt: null,
  remoteAddress: '127.0.0.1',
  details: null,
} as const
