import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { holdCounts } from '../../changes/store.ts'
import { hastenNext } from '../../outbox/haste/store.ts'
import type { Transaction } from '../../platform/database.ts'
import { alertChannels } from '../channels/channel.ts'
import { channelKinds } from '../channels/kinds.ts'
import { portion } from './pace.ts'
import { gather, type Gathering, type Paced, readRushes, type Rush } from './store.ts'

/** Machines are no readers: what they get they get one by one. */
export const digestedKinds: AlertChannel[] = alertChannels.filter(
  (kind) => channelKinds[kind].digestBytes !== null,
)

const gatheredIn = new WeakMap<Transaction, string[]>()

/**
 * Of alerts that may go out from now on, puts into digests what comes too fast for its recipient, and has
 * something tried again that waits there: they are not to wait longer than it takes to see. Whoever
 * calls has announced them: then it is done under the lock of the workspace's changes, where everybody's
 * alerts are counted one transaction after the other.
 */
export function keepPace(tx: Transaction, alertIds: readonly string[]): void {
  if (alertIds.length === 0) return
  const known = gatheredIn.get(tx)
  if (known) known.push(...alertIds)
  else begin(tx, [...alertIds])
}

function begin(tx: Transaction, alertIds: string[]): void {
  gatheredIn.set(tx, alertIds)
  tx.beforeCommit(async () => {
    await hastenNext(tx, alertIds)
    await gatherExcess(tx, 'alerts', alertIds)
  })
}

/** The same for farewells. Nobody follows these: the lock is taken for the pace alone, last of all. */
export async function keepPaceOfFarewells(
  tx: Transaction,
  farewells: readonly { id: string; workspaceId: string }[],
): Promise<void> {
  if (farewells.length === 0) return
  await holdCounts(tx, [...new Set(farewells.map(({ workspaceId }) => workspaceId))])
  const ids = farewells.map(({ id }) => id)
  await gatherExcess(tx, 'farewells', ids)
}

async function gatherExcess(tx: Transaction, table: Paced, ids: string[]): Promise<void> {
  const rushes = await readRushes(tx, table, ids, digestedKinds)
  await gather(tx, table, rushes.flatMap(excess))
}

function excess({ ids, pace, ...recipient }: Rush): Gathering[] {
  const { singles, dueInMs } = portion(pace)
  const late = ids.slice(singles)
  return late.length === 0 ? [] : [{ ...recipient, ids: late, dueInMs }]
}
