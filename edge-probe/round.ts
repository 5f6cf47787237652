import { type DueRun, dueRuns, haveTurned, nextWakeAt, noteResults } from '../core/probe-plan.ts'
import { MAX_MESSAGE_LENGTH, type ProbeResult } from '../core/probe-protocol.ts'
import { runCheck } from './check.ts'
import { firstOf } from './deadline.ts'
import { type Duty, ownInstant, saveSuspense, serverNow } from './duty.ts'
import { judgeByHealth } from './health.ts'
import { MAX_REDIRECTS } from './http.ts'
import { createOutbound, type Outbound } from './outbound.ts'
import { sync, nextSyncAt } from './sync.ts'

/** Cloudflare holds a seventh connection back: five are for checks, one is for the sync. */
const CHECKS_AT_ONCE = 5
/** A request, its redirects, and the two questions of a diagnosis. */
const SUBREQUESTS_PER_CHECK = 1 + MAX_REDIRECTS + 2
/** The sync itself, the place, and the reference targets. */
const SUBREQUESTS_PER_SYNC = 4
const SUBREQUESTS_RESERVED = 2 * SUBREQUESTS_PER_SYNC
/** An invocation ends after fifteen minutes at the latest. */
const LONGEST_ROUND_MS = 600_000

type Round = { checks: Set<Promise<void>>; sync: Promise<void> | null; endsAt: number }

/**
 * Works until nothing is under way: begins what is due as soon as there is room for it, and syncs
 * meanwhile. When there is something to do again, epoch milliseconds of the object's own clock.
 */
export async function runRound(duty: Duty): Promise<number> {
  const outbound = createOutbound(duty.settings)
  const round: Round = { checks: new Set(), sync: null, endsAt: Date.now() + LONGEST_ROUND_MS }
  for (;;) {
    beginChecks(duty, outbound, round)
    beginSync(duty, outbound, round)
    if (round.checks.size === 0 && !round.sync) break
    await somethingHappens(duty, outbound, round)
  }
  saveSuspense(duty)
  return Math.min(nextRunAt(duty), nextSyncAt(duty))
}

function beginChecks(duty: Duty, outbound: Outbound, round: Round): void {
  const room = roomFor(outbound, round)
  if (room === 0) return
  const { runs, plan } = dueRuns(duty.plan, serverNow(duty), room)
  duty.plan = plan
  for (const due of runs) {
    const check = run(duty, outbound, due).finally(() => round.checks.delete(check))
    round.checks.add(check)
  }
}

function beginSync(duty: Duty, outbound: Outbound, round: Round): void {
  if (syncAt(duty, outbound, round) > Date.now()) return
  round.sync = sync(duty, outbound).finally(() => (round.sync = null))
}

/** How many more checks may be under way, none of which is to find the platform's grant used up. */
function roomFor({ budget }: Outbound, { checks, endsAt }: Round): number {
  if (Date.now() >= endsAt) return 0
  const affordable = Math.floor((budget.subrequests - SUBREQUESTS_RESERVED) / SUBREQUESTS_PER_CHECK)
  return Math.max(0, Math.min(CHECKS_AT_ONCE, affordable) - checks.size)
}

/** When this round is to sync; never while it does, nor once it has used up its grant. */
function syncAt(duty: Duty, { budget }: Outbound, { sync: isSyncing, endsAt }: Round): number {
  const isOver = budget.subrequests < SUBREQUESTS_PER_SYNC || Date.now() >= endsAt
  return isSyncing || isOver ? Infinity : nextSyncAt(duty)
}

async function somethingHappens(duty: Duty, outbound: Outbound, round: Round): Promise<void> {
  const nextCheckAt = roomFor(outbound, round) > 0 ? nextRunAt(duty) : Infinity
  const wakeAt = Math.min(nextCheckAt, syncAt(duty, outbound, round))
  const underWay = round.sync ? [...round.checks, round.sync] : [...round.checks]
  await firstOf(underWay, wakeAt - Date.now())
}

function nextRunAt(duty: Duty): number {
  return ownInstant(duty, nextWakeAt(duty.plan) ?? Infinity)
}

async function run(
  duty: Duty,
  outbound: Outbound,
  { assignment, slotAt: scheduledAt, attempt }: DueRun,
): Promise<void> {
  const { monitorId, decidableFrom, request } = assignment
  const startedAt = Date.now()
  const checkedAt = serverNow(duty)
  const seen = await runCheck(outbound, request)
  const finding = await judgeByHealth(duty.health, outbound, { request, startedAt }, seen)
  const message = finding.message?.slice(0, MAX_MESSAGE_LENGTH).toWellFormed() ?? null
  note(duty, { ...finding, message, monitorId, decidableFrom, scheduledAt, attempt, checkedAt })
}

function note(duty: Duty, result: ProbeResult): void {
  const before = duty.plan
  duty.plan = noteResults(before, [result], serverNow(duty))
  const isUrgent = duty.line.isUrgent || haveTurned(before, duty.plan, [result])
  duty.line = { ...duty.line, isUrgent }
  duty.spool.fresh.push(result)
}
