import type { Deps } from '../../deps.ts'
import type { Lane } from '../../outbox/lane.ts'
import type { Delivered } from '../channels/attempt.ts'
import { deliver } from '../channels/deeds.ts'
import { addresseeOf, never } from '../sending/deeds.ts'
import { followFarewell } from './deeds.ts'
import { deleteFarewellsBefore, readFarewell } from './store.ts'

const HANDS = 10
/** As long as what was sent is kept. */
const KEPT_MS = 30 * 86_400_000
const CHUNK = 10_000

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
  const content = { type: 'NOTICE', notice: farewell.notice, isFarewell: true } as const
  return deliver(deps, addressee, content, { done: 0, signal })
}

/** Several processes may. */
export async function forgetFarewells({
  database,
  clock,
}: Pick<Deps, 'database' | 'clock'>): Promise<void> {
  const before = clock.now() - KEPT_MS
  while ((await deleteFarewellsBefore(database.pool, before, CHUNK)) === CHUNK);
}
