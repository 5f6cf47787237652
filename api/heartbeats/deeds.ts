import type { Principal } from '../accounts/principal.ts'
import { ofMonitor } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import { decide } from '../checks/deeds.ts'
import type { Deps } from '../deps.ts'
import type { MonitorSettings } from '../monitors/monitor.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { notFound } from '../refusal.ts'
import {
  type Call,
  hear,
  miss,
  NOTHING_AWAITED,
  type Outturn,
  replan,
  runMsOf,
} from './heartbeat.ts'
import {
  insertPing,
  lockFreeHeartbeat,
  lockHeartbeat,
  type LockedHeartbeat,
  raiseTokenVersion,
  readAbsence,
  saveAwaited,
} from './store.ts'

/** What came with a call. */
export type Arrival = Call & { body: string | null; remoteAddress: string | null }

type Tools = Pick<Deps, 'database' | 'metrics' | 'clock'>

/** Keeps a call, and lets it decide where the monitor is watched; nothing once the monitor is gone. */
export async function takeCall(deps: Tools, monitorId: string, arrival: Arrival): Promise<void> {
  const outturn = await inTransaction(deps.database, async (tx) => {
    const heartbeat = await lockHeartbeat(tx, monitorId)
    if (!heartbeat) return null
    // No two calls of a job at one instant: each is a check of its own, in the order of their coming.
    const at = Math.max(deps.clock.now(), (heartbeat.lastPingAt ?? 0) + 1)
    const { workspaceId } = heartbeat
    const runMs = runMsOf(heartbeat, arrival, at)
    await insertPing(tx, { ...arrival, monitorId, workspaceId, at, runMs })
    const { plan, isWatched } = heartbeat
    if (!plan || !isWatched) return null
    return follow(tx, heartbeat, hear(monitorId, plan, heartbeat, arrival, at))
  })
  count(deps, outturn)
}

/** Looks at a job whose deadline has passed, unless somebody else does. False where its plan cannot be read. */
export async function missRun(deps: Tools, monitorId: string): Promise<boolean> {
  const outturn = await inTransaction(deps.database, async (tx) => {
    const heartbeat = await lockFreeHeartbeat(tx, monitorId)
    if (!heartbeat) return null
    const { plan, isWatched } = heartbeat
    if (!isWatched) return follow(tx, heartbeat, { awaited: NOTHING_AWAITED, result: null })
    if (!plan) return 'UNREADABLE'
    const now = { nowMs: deps.clock.now(), away: await readAbsence(tx) }
    return follow(tx, heartbeat, miss(monitorId, plan, heartbeat, now))
  })
  if (outturn === 'UNREADABLE') return false
  count(deps, outturn)
  return true
}

/** Brings what is awaited of a job in line with its changed settings; nothing for other kinds. */
export async function replanHeartbeat(
  tx: Transaction,
  monitorId: string,
  { before, after }: { before: MonitorSettings; after: MonitorSettings },
  nowMs: number,
): Promise<void> {
  if (before.kind !== 'HEARTBEAT' || after.kind !== 'HEARTBEAT') return
  const heartbeat = await lockHeartbeat(tx, monitorId)
  if (!heartbeat) return
  const plans = { before: before.expectations, after: after.expectations }
  await saveAwaited(tx, monitorId, replan(heartbeat, plans, nowMs))
}

/** Makes another address for the job; the former one is unknown from now on. */
export async function rotateToken(
  { database }: Deps,
  { workspaceId }: Pick<Principal, 'workspaceId'>,
  id: string,
): Promise<void> {
  const monitor = { id, workspaceId }
  await inTransaction(database, async (tx) => {
    if (!(await raiseTokenVersion(tx, monitor))) throw notFound()
    announce(tx, [ofMonitor(monitor, 'UPDATED')])
  })
}

async function follow(
  tx: Transaction,
  { monitorId }: LockedHeartbeat,
  outturn: Outturn,
): Promise<Outturn> {
  await saveAwaited(tx, monitorId, outturn.awaited)
  if (outturn.result) await decide(tx, [{ ...outturn.result, fence: null }])
  return outturn
}

function count({ metrics }: Tools, outturn: Outturn | null): void {
  if (outturn?.result) metrics.checksTotal.inc({ outcome: outturn.result.outcome })
}
