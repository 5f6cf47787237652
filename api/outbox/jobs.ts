import { performance } from 'node:perf_hooks'
import { bareAttempt, type Delivered } from '../alerts/channels/attempt.ts'
import type { Deps } from '../deps.ts'
import { inTransaction } from '../platform/database.ts'
import { failpoint } from '../platform/failpoint.ts'
import { rest, type Running, startLoop, together } from '../platform/loop.ts'
import { settle, type Settlement } from './delivery.ts'
import { noteEarlyAttempt, notePause } from './haste/store.ts'
import type { Lane, Settled } from './lane.ts'
import { type Claim, claimDue, LEASE_MS, releaseClaims, settleClaim } from './store.ts'

/** An idle look costs one probe of an empty partial index; NOTIFY would make commits queue for a lock. */
const POLL_MS = 250
/** Whoever holds so many of a lane's hands is given no more: the others go on. */
const PER_RECEIVER = 2
const PER_WORKSPACE = 4
/** Longest a send may take: it ends, and is settled, within its lease. */
const MAX_SEND_MS = 25_000
/** Sends under way when the process stops may finish for this long, and are then cut off. */
const STOP_GRACE_MS = 3_000
const SETTLE_AGAIN_MS = 1_000

/** Sends what waits in the outbox, for as long as the process lives. */
export function startDispatcher(deps: Deps, lanes: readonly Lane[]): Running {
  return together(lanes.map((lane) => startLane(deps, lane)))
}

type Post = {
  deps: Deps
  lane: Lane
  underWay: Map<Promise<void>, Claim>
  /** Ends what is under way. */
  cutOff: AbortSignal
}

function startLane(deps: Deps, lane: Lane): Running {
  const cutOff = new AbortController()
  const underWay = new Map<Promise<void>, Claim>()
  const post = { deps, lane, underWay, cutOff: cutOff.signal }
  const loop = startLoop({
    name: `deliver ${lane.name}`,
    everyMs: 0,
    log: deps.log,
    async work(stopping) {
      await sendDue(post, stopping)
      await Promise.race([rest(POLL_MS, stopping), ...underWay.keys()])
    },
  })
  return {
    async stop() {
      const stopped = new Error('the process stopped while sending')
      const grace = setTimeout(() => cutOff.abort(stopped), STOP_GRACE_MS)
      await loop.stop()
      await Promise.all(underWay.keys())
      clearTimeout(grace)
    },
  }
}

// As many are claimed as can be sent at once, so that no lease runs out in a queue of our own.
async function sendDue(post: Post, stopping: AbortSignal): Promise<void> {
  const { deps, lane, underWay } = post
  const room = lane.hands - underWay.size
  if (room === 0) return
  const askedAt = performance.now()
  const held = [...underWay.values()].flatMap(({ receiver, workspace }) => [receiver, workspace])
  const wish = { most: room, perReceiver: PER_RECEIVER, perWorkspace: PER_WORKSPACE, held }
  const claims = await claimDue(deps.database.pool, lane.queue, wish)
  if (claims.length > 0) failpoint('after-alert-claim')
  if (stopping.aborted) return releaseClaims(deps.database.pool, lane.queue, claims)
  // The process was frozen meanwhile: others may hold these rows before a send could end.
  if (performance.now() - askedAt > LEASE_MS - MAX_SEND_MS) return
  for (const claim of claims) {
    const sending = deliver(post, claim, askedAt + LEASE_MS).finally(() => underWay.delete(sending))
    underWay.set(sending, claim)
  }
}

async function deliver(post: Post, claim: Claim, leaseEndsAt: number): Promise<void> {
  const { deps, lane } = post
  const delivered = await attempt(post, claim)
  const { delivery } = delivered
  if (delivery.outcome === 'ACCEPTED') failpoint('after-send-accepted')
  deps.metrics.alertsTotal.inc({ channel: lane.name, outcome: delivery.outcome })
  const settlement = settle(delivery, claim, Math.random())
  if (settlement.status !== 'SENT') noteFailure(post, claim, settlement)
  await settlePatiently(post, claim, { settlement, delivered }, leaseEndsAt)
}

/** Who runs a Pharos looks into the log first when no mail comes. */
function noteFailure(
  { deps, lane }: Post,
  { id, attempts }: Claim,
  { status, error: why }: Exclude<Settlement, { status: 'SENT' }>,
): void {
  const what = status === 'FAILED' ? 'not delivered, given up' : 'not delivered, to be tried again'
  deps.log.warn({ lane: lane.name, id, attempts, why }, what)
}

async function attempt({ deps, lane, cutOff }: Post, { id }: Claim): Promise<Delivered> {
  const signal = AbortSignal.any([cutOff, AbortSignal.timeout(MAX_SEND_MS)])
  const at = deps.clock.now()
  const from = performance.now()
  const failed = (why: string) =>
    bareAttempt({ outcome: 'RETRY', why }, at, Math.round(performance.now() - from))
  const aborted = Promise.withResolvers<Delivered>()
  signal.addEventListener('abort', () => aborted.resolve(failed((signal.reason as Error).message)))
  try {
    return await Promise.race([lane.send(deps, id, signal), aborted.promise])
  } catch (error) {
    deps.log.error({ err: error, lane: lane.name, id }, 'a row of the outbox could not be sent')
    return failed('an unexpected error; the log tells more')
  }
}

/** What was sent and is not settled would be sent again: tries for as long as the lease holds. */
async function settlePatiently(
  post: Post,
  claim: Claim,
  settled: Settled,
  leaseEndsAt: number,
): Promise<void> {
  const { deps, lane, cutOff } = post
  do {
    try {
      return await settleOnce(post, claim, settled)
    } catch (error) {
      deps.log.error({ err: error, lane: lane.name, id: claim.id }, 'not settled, trying again')
      await rest(SETTLE_AGAIN_MS, cutOff)
    }
  } while (performance.now() < leaseEndsAt && !cutOff.aborted)
}

async function settleOnce({ deps, lane }: Post, claim: Claim, settled: Settled): Promise<void> {
  await inTransaction(deps.database, async (tx) => {
    const isOurs = await settleClaim(tx, lane.queue, claim, settled.settlement)
    if (!isOurs) {
      deps.log.warn({ lane: lane.name, id: claim.id }, 'not settled: the claim is over')
      return
    }
    if (claim.plannedInMs !== null) await noteEarlyAttempt(tx, lane.queue, claim.id)
    const { settlement } = settled
    if (settlement.status === 'PENDING' && settlement.pauseMs > 0) {
      await notePause(tx, lane.queue, claim.id, settlement.pauseMs)
    }
    await lane.whenSettled(deps, tx, claim.id, settled)
  })
}
