import type { Deps } from '../../deps.ts'
import type { Lane } from '../../outbox/lane.ts'
import { forget, SENT_KEPT_MS } from '../attempts/jobs.ts'
import type { Delivered } from '../channels/attempt.ts'
import type { Content } from '../channels/content.ts'
import { deliver } from '../channels/deeds.ts'
import { addresseeOf, never } from '../sending/deeds.ts'
import { followFarewell } from './deeds.ts'
import { deleteFarewellsBefore, type FarewellToSend, readFarewell } from './store.ts'

const HANDS = 10

/** What tells of monitors that are deleted, of all kinds in one lane: there is never much of it. */
export const farewellLane: Lane = {
  name: 'farewells',
  queue: { table: 'farewells', channel: null },
  hands: HANDS,
  send,
  whenSettled: followFarewell,
}

async function send(deps: Deps, id: string, signal: AbortSignal): Promise<Delivered> {
  const farewell = await readFarewell(deps.database.pool, id)
  if (!farewell) return never(deps, 'its workspace is gone')
  const addressee = await addresseeOf(deps, farewell.kind, farewell)
  if ('problem' in addressee) return never(deps, addressee.problem)
  return deliver(deps, addressee, contentOf(farewell), { done: 0, signal })
}

function contentOf({ notice, timeZone, recipient }: FarewellToSend): Content {
  return { type: 'NOTICE', notice: { ...notice, timeZone, recipient }, isFarewell: true }
}

/** Several processes may. */
export function forgetFarewells(deps: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  return forget(deps, SENT_KEPT_MS, deleteFarewellsBefore)
}
