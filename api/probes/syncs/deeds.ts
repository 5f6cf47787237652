import type { SyncAnswer } from '../../../core/probe-protocol.ts'
import type { ReadSyncRequest } from '../../../core/sync-request.ts'
import type { Intake } from '../../checks/intake/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { readNewAssignments } from '../assignments/deeds.ts'
import type { KnownProbe } from '../keys/key.ts'
import { openNotice } from '../notices/deeds.ts'
import { unhealthyNotice } from '../notices/notice.ts'
import { takeResults } from '../receipts/deeds.ts'
import { isDivided, joinShards } from './shards.ts'
import { describeSighting, type Sighting } from './sighting.ts'
import { lockShards, noteSighting } from './store.ts'

/**
 * Takes in what a probe brings, and tells it what to check:
 * 1. judge each result by what is assigned to the probe, and record those that stand,
 * 2. note what the sync tells of the probe itself,
 * 3. read its assignments, if they are no longer those it holds.
 * Null where nothing was recorded and the fault may be ours: all of it is to come again.
 */
export async function takeSync(
  deps: Deps,
  intake: Intake,
  probe: KnownProbe,
  request: ReadSyncRequest,
): Promise<SyncAnswer | null> {
  const { capabilities, shard, results, assignmentsVersion } = request
  const nowMs = deps.clock.now()
  const receipts = await takeResults(deps, intake, probe, results, nowMs)
  if (!receipts) return null
  await note(deps, describeSighting(probe, request, receipts, nowMs))
  const scope = { probe, capabilities, shard }
  const assignments = await readNewAssignments(deps, scope, assignmentsVersion)
  // The probe takes it to have been read halfway between its question and the answer.
  const serverTime = Math.round((nowMs + deps.clock.now()) / 2)
  return { serverTime, receipts, assignments }
}

async function note({ database }: Deps, sighting: Sighting): Promise<void> {
  const { probeId, unhealthySince, seenAt } = sighting
  if (unhealthySince === null && !isDivided(sighting))
    return noteSighting(database.pool, joinShards(sighting, []))
  await inTransaction(database, async (tx) => {
    const shards = await lockShards(tx, probeId)
    if (unhealthySince !== null)
      await openNotice(tx, unhealthyNotice(sighting, unhealthySince), seenAt)
    await noteSighting(tx, joinShards(sighting, shards))
  })
}
