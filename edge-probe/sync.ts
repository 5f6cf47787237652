import { takeAssignments } from '../core/probe-plan.ts'
import { EDGE_CAPABILITIES, type Receipt, type SyncRequest } from '../core/probe-protocol.ts'
import { afterFailure, afterSuccess, syncDueAt } from './cadence.ts'
import { learnColo } from './colo.ts'
import { type Duty, hold, type Post, saveSuspense, serverNow } from './duty.ts'
import { proveReferences, unhealthySince } from './health.ts'
import type { Outbound } from './outbound.ts'
import { askServer, type SyncFailure, type SyncOutcome } from './server.ts'
import { type Batch, isBehind, keep, nextBatch } from './spool.ts'
import { replaceAssignments } from './store.ts'
import { EDGE_VERSION } from './version.ts'

/** When the next sync is due, epoch milliseconds of the object's own clock. */
export function nextSyncAt({ line, held, spool }: Duty): number {
  return syncDueAt(line, held.version === null || isBehind(spool))
}

/** Tells what was found, and hears what to check. */
export async function sync(duty: Duty, outbound: Outbound): Promise<void> {
  saveSuspense(duty)
  await proveReferences(duty.health, outbound)
  await learnColo(duty, outbound)
  const { post } = duty
  const batch = nextBatch(duty.spool)
  duty.line = { ...duty.line, isUrgent: false }
  const outcome = await askServer(duty, outbound, requestOf(duty, batch))
  const isWhole = outcome.ok && outcome.answer.receipts.length === batch.results.length
  if (isWhole) accept(duty, post, batch, outcome)
  else postpone(duty, outcome)
}

/** The results are JSON already. */
function requestOf({ held, post, colo, health }: Duty, { results }: Batch): string {
  const troubledSince = unhealthySince(health)
  const request: Omit<SyncRequest, 'results'> = {
    version: EDGE_VERSION,
    capabilities: [...EDGE_CAPABILITIES],
    colo: colo.name,
    shard: { index: post.index, of: post.of },
    assignmentsVersion: held.version,
    sentAt: Date.now(),
    unhealthySince: troubledSince === null ? null : troubledSince + (held.offsetMs ?? 0),
  }
  return `${JSON.stringify(request).slice(0, -1)},"results":[${results.join(',')}]}`
}

function accept(duty: Duty, post: Post, batch: Batch, { answer, offsetMs }: Accepted): void {
  const { receipts, assignments } = answer
  batch.forget()
  tellRefused(duty, receipts)
  if (duty.line.failures > 0) console.log(`${nameOf(duty)}: Pharos answers again`)
  duty.line = afterSuccess(duty.line, Date.now())
  // An answer for the post of before is not for this one.
  const isNews = assignments !== null && duty.post === post
  hold(duty, { version: isNews ? assignments.version : duty.held.version, offsetMs })
  if (!isNews) return
  replaceAssignments(duty.sql, assignments.items)
  duty.plan = takeAssignments(duty.plan, assignments.items, serverNow(duty))
}

type Accepted = Extract<SyncOutcome, { ok: true }>

function postpone(duty: Duty, outcome: SyncOutcome): void {
  const failure = outcome.ok ? SENSELESS : outcome
  if (duty.line.failures === 0)
    console.warn(`${nameOf(duty)}: ${failure.message}. Results are kept`)
  keep(duty.spool)
  duty.line = afterFailure(duty.line, failure, Date.now(), Math.random())
}

const SENSELESS: SyncFailure = {
  ok: false,
  message: 'Pharos did not receipt every result',
  retryAfterMs: 0,
  signingOffsetMs: null,
}

/** Nothing can be done about them: told once a sync, with the first reason. */
function tellRefused(duty: Duty, receipts: Receipt[]): void {
  const refused = receipts.filter((receipt) => receipt.status === 'REFUSED')
  const [first] = refused
  if (first) console.warn(`${nameOf(duty)}: ${refused.length} results refused: ${first.reason}`)
}

function nameOf({ post }: Duty): string {
  return `${post.region}/${post.index}`
}
