import { silenceDueAt, silenceTrack } from '../../../core/region.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, isPassing, type Transaction } from '../../platform/database.ts'
import { followVotes } from '../transitions/deeds.ts'
import {
  lockSilentVotes,
  lockVotes,
  moveSilenceChecks,
  putOffSilenceCheck,
  saveVotes,
} from './store.ts'
import { changedVote, type LockedVote, type VoteKey } from './vote.ts'

const MAX_SILENT = 500

/** A monitor whose stored votes or results spoil the work on those beside it. */
export type Spoiler = { monitorId: string; error: unknown }

/**
 * Notices regions that have gone silent. The vote of one that has spoken since is left, to be looked at
 * later. A batch that one vote spoils is done one by one, and who spoiled it is told.
 */
export async function silenceVotes(deps: Pick<Deps, 'database'>): Promise<Spoiler[]> {
  const spoilers: Spoiler[] = []
  for (let most = MAX_SILENT; ;) {
    const { keys, error } = await silenceSome(deps, most)
    if (!error && keys.length < most) return spoilers
    const [first] = keys
    if (!error || !first) continue
    if (keys.length === 1) spoilers.push(await putOff(deps, first, error))
    most = 1
  }
}

async function silenceSome(
  { database }: Pick<Deps, 'database'>,
  most: number,
): Promise<{ keys: VoteKey[]; error: unknown }> {
  let keys: VoteKey[] = []
  try {
    await inTransaction(database, async (tx) => {
      // Of this run alone, also where it finds none: one before it may have been in another's way.
      keys = []
      keys = await lockSilentVotes(tx, most)
      // Read once they are locked: until then a check may still be recorded.
      if (keys.length > 0) await noteSilence(tx, await lockVotes(tx, keys))
    })
    return { keys, error: null }
  } catch (error) {
    if (isPassing(error) || keys.length === 0) throw error
    return { keys, error }
  }
}

async function noteSilence(tx: Transaction, votes: LockedVote[]): Promise<void> {
  const looked = votes.map((vote) => ({
    vote,
    track: silenceTrack(vote.track, vote.nowMs, vote.policy),
  }))
  const silenced = looked.filter(({ vote, track }) => track !== vote.track)
  await moveSilenceChecks(
    tx,
    looked.map(({ vote, track }) => ({
      ...vote,
      silenceCheckAt: silenceDueAt(track, vote.policy),
    })),
  )
  await saveVotes(
    tx,
    silenced.map(({ vote, track }) => ({ ...vote, track, silenceCheckAt: null, last: null })),
  )
  await followVotes(
    tx,
    silenced.flatMap(({ vote, track }) => changedVote(vote, track)),
  )
}

async function putOff(
  { database }: Pick<Deps, 'database'>,
  key: VoteKey,
  error: unknown,
): Promise<Spoiler> {
  await inTransaction(database, (tx) => putOffSilenceCheck(tx, key))
  return { monitorId: key.monitorId, error }
}
