import { witness } from '../../../agent/witness.ts'
import type { CheckRequest } from '../../../core/check.ts'
import { ofIncident } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { toCheckRequest } from '../../monitors/monitor.ts'
import { inTransaction } from '../../platform/database.ts'
import {
  type KeptPicture,
  keptOf,
  lapse,
  nothing,
  type Taken,
  unanswered,
  unseen,
} from './evidence.ts'
import {
  claimEvidence,
  type ClaimedEvidence,
  deleteExpired,
  releaseEvidence,
  settleEvidence,
} from './store.ts'

/** Longer than that no answer is waited for: others wait for their turn. */
const ANSWER_LIMIT_MS = 10_000
const EXPIRED_AT_ONCE = 500
const NOT_KEPT = 'The screenshot was taken, and could not be kept'

/** Takes the evidence whose turn it is; false where there is none. */
export async function takeNext(deps: Deps, signal: AbortSignal): Promise<boolean> {
  const claimed = await claimEvidence(deps.database.pool)
  if (!claimed) return false
  const taken = await take(deps, claimed, signal)
  if (signal.aborted && !taken.picture) await releaseEvidence(deps.database.pool, claimed)
  else await settle(deps, claimed, taken)
  return true
}

/** Removes what is older than it is kept, with its pictures; true when none is left. */
export async function forgetExpired(deps: Deps): Promise<boolean> {
  const { checkRetentionDays } = deps.environment
  const { deleted, pictures } = await inTransaction(deps.database, (tx) =>
    deleteExpired(tx, checkRetentionDays, EXPIRED_AT_ONCE),
  )
  for (const name of pictures) await deps.media.remove(name)
  return deleted < EXPIRED_AT_ONCE
}

async function take(deps: Deps, claimed: ClaimedEvidence, signal: AbortSignal): Promise<Taken> {
  const problem = lapse(claimed)
  if (problem !== null) return nothing(problem)
  const request = toCheckRequest(claimed.monitor, deps.keyring)
  if (request.kind !== 'HTTP') return nothing('The monitor does not speak HTTP any more')
  const timeoutMs = Math.min(request.timeoutMs, ANSWER_LIMIT_MS)
  const answer = await witness(deps.outbound, { ...request, timeoutMs })
  if (!answer.ok) return unanswered(answer)
  const response = keptOf(answer, request)
  return { response, ...(await pictureOf(deps, request, signal)) }
}

type Pictured = { picture: KeptPicture; problem: null } | { picture: null; problem: string }

async function pictureOf(
  { environment, camera, media, log }: Deps,
  request: CheckRequest<'HTTP'>,
  signal: AbortSignal,
): Promise<Pictured> {
  const problem = environment.screenshots === 'off' ? 'Screenshots are off' : unseen(request)
  if (problem !== null) return { picture: null, problem }
  const { target: url, expectations } = request
  const shot = await camera.take({ url, verifyTls: expectations.verifyTls }, signal)
  if (!shot.ok) {
    log.info({ problem: shot.problem }, 'no picture of a page')
    return { picture: null, problem: shot.problem }
  }
  const picture = await media.keep(shot.png)
  return picture ? { picture, problem: null } : { picture: null, problem: NOT_KEPT }
}

/** Of two who took it, the second keeps nothing. */
async function settle(deps: Deps, claimed: ClaimedEvidence, taken: Taken): Promise<void> {
  const isOurs = await inTransaction(deps.database, async (tx) => {
    if (!(await settleEvidence(tx, claimed, taken))) return false
    announce(tx, [ofIncident(claimed, 'UPDATED')])
    return true
  })
  if (!isOurs && taken.picture) await deps.media.remove(taken.picture.name)
}
