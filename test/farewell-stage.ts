import type { Principal } from '../api/accounts/principal.ts'
import { reviewFarewells } from '../api/alerts/farewells/release/deeds.ts'
import { deleteMonitor } from '../api/monitors/deeds.ts'
import type { Watched } from './monitors.ts'
import { openStormStage } from './storm-stage.ts'
import { turn } from './telling.ts'

/** A storm's workspace, whose monitors are deleted. */
export async function openFarewellStage({ count = 2 } = {}) {
  const stage = await openStormStage({ count })
  const { database, deps, workspaceId, monitors } = stage
  const { prisma, pool } = database
  const [first, second] = monitors as [Watched, Watched]
  const ada = { workspaceId, userId: (await prisma.user.findFirstOrThrow()).id } as Principal
  /** As if all that waits had waited until it is looked at. */
  const beDue = () =>
    pool.query(
      `UPDATE farewells SET created_at = created_at - interval '31 s', review_at = now() - interval '1 s'
       WHERE status = 'WITHHELD'`,
    )
  return {
    ...stage,
    ada,
    first,
    second,
    goSlow: (...who: Watched[]) =>
      turn(
        database,
        ...who.map((each) => ({ ...each, from: 'UP', to: 'DEGRADED', at: Date.now() }) as const),
      ),
    /** As if all that waits to be told had been. */
    tell: () => pool.query(`UPDATE alerts SET status = 'SENT', sent_at = now()`),
    remove: ({ monitorId }: Watched) => deleteMonitor(deps, ada, monitorId),
    farewells: (channel: 'EMAIL' | 'NTFY' | 'WEBHOOK') =>
      prisma.farewell.findMany({ where: { channel }, orderBy: { id: 'asc' } }),
    beDue,
    async review() {
      await beDue()
      await reviewFarewells(deps)
    },
  }
}
