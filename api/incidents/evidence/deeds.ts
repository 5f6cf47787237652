import { witness } from '../../../agent/witness.ts'
import type { CheckRequest } from '../../../core/check.ts'
import { ofIncident } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { toCheckRequest } from '../../monitors/monitor.ts'
import { inTransaction } from '../../platform/database.ts'
import {
  ANSWER_LIMIT_MS,
  type KeptPicture,
  keptOf,
  lapse,
  nothing,
  type Taken,
  unanswered,
  unseen,
} from './evidence.ts'
import { keepPicture } from './pictures/deeds.ts'
import {
  claimEvidence,
  type ClaimedEvidence,
  deleteExpired,
  releaseEvidence,
  settleEvidence,
} from './store.ts'

const EXPIRED_AT_ONCE = 500
const NOT_KEPT = 'The screenshot was taken, and could not be kept'
const NOT_ABLE = 'Pharos could not take a screenshot: its log says why'

/** Takes the evidence whose turn it is; false where there is none. */
export async function takeNext(deps: Deps, signal: AbortSignal): Promise<boolean> {
  const claimed = await claimEvidence(deps.database.pool)
  if (!claimed) return false
  const taken = await take(deps, claimed, signal)
  if (signal.aborted && !taken.picture) await releaseEvidence(deps.database.pool, claimed)
  else await settle(deps, claimed, taken)
  return true
}

/** Removes what is older than it is kept; true when none is left. Its pictures are unused from then on. */
export async function forgetExpired(deps: Deps): Promise<boolean> {
  const { checkRetentionDays } = deps.environment
  return inTransaction(deps.database, async (tx) => {
    const expired = await deleteExpired(tx, checkRetentionDays, EXPIRED_AT_ONCE)
    announce(
      tx,
      expired.map((one) => ofIncident(one, 'UPDATED')),
    )
    return expired.length < EXPIRED_AT_ONCE
  })
}

async function take(deps: Deps, claimed: ClaimedEvidence, signal: AbortSignal): Promise<Taken> {
  const problem = lapse(claimed)
  if (problem !== null) return nothing(problem)
  const request = toCheckRequest(claimed.monitor, deps.keyring)
  if (request.kind !== 'HTTP') return nothing('The monitor does not speak HTTP any more')
  const timeoutMs = Math.min(request.timeoutMs, ANSWER_LIMIT_MS)
  const answer = await witness(deps.outbound, { ...request, timeoutMs }, signal)
  if (!answer.ok) return unanswered(answer)
  return { response: keptOf(answer, request), ...(await pictureOf(deps, request, signal)) }
}

type Pictured = { picture: KeptPicture; problem: null } | { picture: null; problem: string }

/** What this machine lacks costs the picture, never the answer. */
async function pictureOf(
  deps: Deps,
  request: CheckRequest<'HTTP'>,
  signal: AbortSignal,
): Promise<Pictured> {
  const problem = deps.environment.screenshots === 'off' ? 'Screenshots are off' : unseen(request)
  if (problem !== null) return { picture: null, problem }
  try {
    return await takePicture(deps, request, signal)
  } catch (error) {
    deps.log.warn({ err: error }, 'a page could not be pictured')
    return { picture: null, problem: NOT_ABLE }
  }
}

async function takePicture(
  deps: Deps,
  { target: url, expectations }: CheckRequest<'HTTP'>,
  signal: AbortSignal,
): Promise<Pictured> {
  const shot = await deps.camera.take({ url, verifyTls: expectations.verifyTls }, signal)
  if (!shot.ok) {
    deps.log.info({ problem: shot.problem }, 'no picture of a page')
    return { picture: null, problem: shot.problem }
  }
  const picture = await keepPicture(deps, shot.png, signal)
  return picture ? { picture, problem: null } : { picture: null, problem: NOT_KEPT }
}

/** Of two who took it, the second settles nothing: its picture is unused. */
function settle(deps: Deps, claimed: ClaimedEvidence, taken: Taken): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    if (await settleEvidence(tx, claimed, taken)) announce(tx, [ofIncident(claimed, 'UPDATED')])
  })
}
