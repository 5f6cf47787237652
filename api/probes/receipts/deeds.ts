import type { ProbeResult, Receipt } from '../../../core/probe-protocol.ts'
import type { ReadResult } from '../../../core/sync-request.ts'
import type { ReportedResult } from '../../checks/batch.ts'
import type { Intake } from '../../checks/intake/deeds.ts'
import type { Deps } from '../../deps.ts'
import { readAssigned } from '../assignments/store.ts'
import type { KnownProbe } from '../keys/key.ts'
import { type AssignedMonitor, judgeResult } from '../syncs/result.ts'

/** A result that stands, or why it is refused. */
type Judged = { result: ProbeResult } | { refused: string }

const SET_ASIDE = 'its monitor was set aside: its results cannot be recorded'

/**
 * Records the results that stand, each on its own merits; their receipts are for what is committed.
 * Null where none was recorded by a fault that may be ours.
 */
export async function takeResults(
  deps: Pick<Deps, 'database'>,
  intake: Intake,
  probe: KnownProbe,
  results: ReadResult[],
  nowMs: number,
): Promise<Receipt[] | null> {
  if (results.length === 0) return []
  const assigned = await readAssignedOf(deps, probe, results)
  const judged = results.map((read) => judge(read, assigned, nowMs))
  const standing = judged.flatMap((one) => ('result' in one ? one.result : []))
  const refused = await intake.record(standing.map((result) => report(result, probe)))
  if (refused.some(({ isSetAside }) => !isSetAside)) return null
  const setAside = new Set(refused.map(({ monitorId }) => monitorId))
  return judged.map((one) => receiptOf(one, setAside))
}

async function readAssignedOf(
  { database }: Pick<Deps, 'database'>,
  probe: KnownProbe,
  results: ReadResult[],
): Promise<Map<string, AssignedMonitor>> {
  const ids = results.flatMap((read) => ('result' in read ? read.result.monitorId : []))
  const monitors = await readAssigned(database.pool, probe, [...new Set(ids)])
  return new Map(monitors.map((monitor) => [monitor.monitorId, monitor]))
}

function judge(read: ReadResult, assigned: Map<string, AssignedMonitor>, nowMs: number): Judged {
  if ('refused' in read) return read
  const refused = judgeResult(read.result, assigned.get(read.result.monitorId), nowMs)
  return refused === null ? read : { refused }
}

/** The region is the key's, whatever the body says. */
function report({ decidableFrom: _, ...result }: ProbeResult, probe: KnownProbe): ReportedResult {
  return { ...result, region: probe.region, fence: null }
}

function receiptOf(judged: Judged, setAside: Set<string>): Receipt {
  if ('refused' in judged) return { status: 'REFUSED', reason: judged.refused }
  if (setAside.has(judged.result.monitorId)) return { status: 'REFUSED', reason: SET_ASIDE }
  return { status: 'ACCEPTED' }
}
