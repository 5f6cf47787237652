import { randomUUIDv7 } from 'node:crypto'
import type { Principal } from '../accounts/principal.ts'
import { bidFarewell } from '../alerts/farewells/deeds.ts'
import { lockPending } from '../alerts/farewells/store.ts'
import { ofMonitor } from '../changes/change.ts'
import { announce } from '../changes/deeds.ts'
import type { ShownCheck } from '../checks/history/check.ts'
import type { Deps } from '../deps.ts'
import { replanHeartbeat } from '../heartbeats/deeds.ts'
import { insertHeartbeat } from '../heartbeats/store.ts'
import { followCertificates, forgetCertificate } from '../incidents/certificates/deeds.ts'
import { inTransaction, type Transaction } from '../platform/database.ts'
import { LOCAL_REGION } from '../probes/assignment.ts'
import { badInput, notFound, type Refusal } from '../refusal.ts'
import {
  beginChecking,
  ceaseChecking,
  noticeSilence,
  rejudge,
  resumeChecking,
} from './activity/deeds.ts'
import { readScope } from './input/deeds.ts'
import {
  type MonitorInput,
  parseMonitorChange,
  parseNewMonitor,
  parseRepair,
} from './input/input.ts'
import { judgeChange, type MonitorSettings, readSettings, sealSettings } from './monitor.ts'
import { refuseInterval, refuseMore } from './plans/plan.ts'
import { lockPlan, readPlan } from './plans/store.ts'
import { insertPurge } from './purges/store.ts'
import {
  deleteMonitorRow,
  insertMonitor,
  lockForEdit,
  type MonitorRow,
  saveSettings,
} from './store.ts'

/** An operation may take 10 s: what takes longer than this is told as a timeout. */
const MAX_TEST_MS = 8_000

type Author = Pick<Principal, 'workspaceId' | 'userId'>
type Owner = Pick<Principal, 'workspaceId'>

/** Creates a monitor whose first check is due at once; gives its id. */
export async function createMonitor(
  deps: Deps,
  { workspaceId, userId: createdById }: Author,
  input: MonitorInput,
): Promise<string> {
  const settings = parseNewMonitor(input, await readScope(deps, workspaceId))
  return inTransaction(deps.database, async (tx) => {
    const plan = await lockPlan(tx, workspaceId)
    refuse(refuseMore(plan) ?? refuseInterval(plan, settings))
    const createdAt = deps.clock.now()
    const monitor = { id: randomUUIDv7(), workspaceId, createdById, createdAt }
    await insertMonitor(tx, monitor, sealSettings(monitor, settings, deps.keyring))
    if (settings.kind === 'HEARTBEAT') await insertHeartbeat(tx, monitor)
    await beginChecking(tx, { ...monitor, ...settings }, createdAt)
    announce(tx, [ofMonitor(monitor, 'CREATED')])
    return monitor.id
  })
}

/** Changes what is given and leaves the rest; releases a monitor that was quarantined. */
export async function updateMonitor(
  deps: Deps,
  { workspaceId }: Owner,
  id: string,
  input: MonitorInput,
): Promise<void> {
  const scope = await readScope(deps, workspaceId)
  await edit(deps, { id, workspaceId }, async (tx, row, nowMs) => {
    const before = readSettings(row, deps.keyring)
    const settings = before
      ? parseMonitorChange(before, input, scope)
      : parseRepair(row, input, scope)
    if (settings.intervalSeconds !== row.intervalSeconds) {
      refuse(refuseInterval(await readPlan(tx, row.workspaceId), settings))
    }
    const sealed = sealSettings(row, settings, deps.keyring)
    await saveSettings(tx, { id: row.id, updatedAt: nowMs }, sealed)
    announce(tx, [ofMonitor(row, 'UPDATED')])
    if (row.isActive) await follow(tx, row, { before, after: settings }, nowMs)
  })
}

/** Doing it twice changes nothing. */
export async function pauseMonitor(deps: Deps, { workspaceId }: Owner, id: string): Promise<void> {
  await edit(deps, { id, workspaceId }, async (tx, row, nowMs) => {
    if (!row.isActive) return
    const ending = { to: 'PAUSED', reason: 'paused by a person', quarantineReason: null } as const
    await ceaseChecking(tx, row, ending, nowMs)
  })
}

/** Ends a pause, or a quarantine. Doing it twice changes nothing. */
export async function resumeMonitor(deps: Deps, { workspaceId }: Owner, id: string): Promise<void> {
  await edit(deps, { id, workspaceId }, async (tx, row, nowMs) => {
    if (row.isActive && !row.isQuarantined) return
    await resumeChecking(tx, row, row, 'resumed by a person', nowMs)
  })
}

/** Deletes a monitor and all that hangs on it; its checks go in the background. Whoever was told of trouble hears of it. */
export async function deleteMonitor(
  deps: Deps,
  { workspaceId, userId }: Author,
  id: string,
): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    await lockPending(tx, { id, workspaceId })
    const row = await lockForEdit(tx, { id, workspaceId })
    if (!row) throw notFound()
    await bidFarewell(tx, row, { userId, at: deps.clock.now() })
    await insertPurge(tx, row.id)
    await deleteMonitorRow(tx, row.id)
    announce(tx, [ofMonitor(row, 'DELETED')])
  })
}

/** Sets a monitor aside that cannot be checked or judged, so that it harms no other. */
export async function quarantineMonitor(deps: Deps, id: string, reason: string): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    const row = await lockForEdit(tx, { id, workspaceId: null })
    if (!row?.isActive || row.isQuarantined) return
    const ending = {
      to: 'UNKNOWN',
      reason: `set aside: ${reason}`,
      quarantineReason: reason,
    } as const
    await ceaseChecking(tx, row, ending, decidedAt(deps, row))
  })
}

/**
 * Quarantines a monitor that spoils the work on others. What fails even at that is logged and comes up
 * again: nobody waits for it.
 */
export async function setAside(
  deps: Deps,
  monitorId: string,
  what: string,
  error: unknown,
): Promise<void> {
  deps.log.error({ err: error, monitorId }, `a monitor is set aside: ${what}`)
  const why = error instanceof Error ? error.message : String(error)
  try {
    await quarantineMonitor(deps, monitorId, `${what}: ${why}`)
  } catch (failure) {
    deps.log.error({ err: failure, monitorId }, 'a monitor could not be set aside')
  }
}

/** Checks once from here, as a monitor of these settings would be checked, and saves nothing. */
export async function testMonitor(
  deps: Deps,
  { workspaceId }: { workspaceId: string },
  input: MonitorInput,
): Promise<ShownCheck[]> {
  const settings = parseNewMonitor(input, await readScope(deps, workspaceId))
  if (settings.kind === 'HEARTBEAT') throw untestable()
  const checkedAt = deps.clock.now()
  const timeoutMs = Math.min(settings.timeoutMs, MAX_TEST_MS)
  const { outcome, errorKind, message, httpStatus, latencyMs, ...detail } = await deps.checker.run({
    ...settings,
    timeoutMs,
  })
  return [
    {
      monitorId: randomUUIDv7(),
      region: LOCAL_REGION,
      scheduledAt: checkedAt,
      attempt: 0,
      checkedAt,
      outcome,
      errorKind,
      message,
      httpStatus,
      latencyMs,
      detail: { ...detail, isLate: false },
    },
  ]
}

function untestable(): Refusal {
  const message = 'must not be HEARTBEAT: nobody goes there to look, the job calls us'
  return badInput('kind', message)
}

async function edit(
  deps: Deps,
  monitor: { id: string; workspaceId: string },
  work: (tx: Transaction, row: MonitorRow, nowMs: number) => Promise<void>,
): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    const found = await lockForEdit(tx, monitor)
    if (!found) throw notFound()
    // What regions have kept silent until now belongs to the story before the edit.
    const isNews = await noticeSilence(tx, found)
    const row = (isNews && (await lockForEdit(tx, monitor))) || found
    await work(tx, row, decidedAt(deps, row))
  })
}

/**
 * After all that was decided before, even where the clocks of two machines differ: by its instant an edit is
 * told apart, in the timeline and by probes.
 */
function decidedAt({ clock }: Deps, { lastDecidedAt }: MonitorRow): number {
  return Math.max(clock.now(), lastDecidedAt + 1)
}

async function follow(
  tx: Transaction,
  row: MonitorRow,
  { before, after }: { before: MonitorSettings | null; after: MonitorSettings },
  nowMs: number,
): Promise<void> {
  const monitor = { ...after, id: row.id, workspaceId: row.workspaceId }
  if (!before || row.isQuarantined) {
    await resumeChecking(tx, row, monitor, 'its settings were changed', nowMs)
    return
  }
  const change = judgeChange(before, after)
  if (change.judgesAnew) await rejudge(tx, monitor, change, nowMs)
  await replanHeartbeat(tx, row.id, { before, after }, nowMs)
  if (change.movesTarget) await forgetCertificate(tx, row.id, nowMs)
  else await followCertificates(tx, [row.id], nowMs)
}

function refuse(refusal: Refusal | null): void {
  if (refusal) throw refusal
}
