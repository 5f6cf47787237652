import { openTestDatabase } from '../../../../test/database.ts'
import { testDeps } from '../../../../test/deps.ts'
import { watch, type Watched } from '../../../../test/monitors.ts'
import { turn, type Turning } from '../../../../test/telling.ts'
import { workOnAll } from '../../../../test/work.ts'
import type { Deps } from '../../../deps.ts'
import { deleteMaintenanceWindow } from '../../../maintenance/deeds.ts'
import type { Status } from '../../../monitors/timeline.ts'
import type { Database } from '../../../platform/database.ts'
import { readNotice } from '../../store.ts'
import { reviewWithheld } from '../deeds.ts'
import { latenessInWords } from '../lateness.ts'

export type Stage = Awaited<ReturnType<typeof openStage>>

/** Two monitors of Ada's, of which the second may depend on the first. */
export async function openStage() {
  const database = await openTestDatabase()
  const { pool } = database
  const deps = testDeps(database)
  const audience = { members: ['ada@example.com'], count: 2 }
  const { workspaceId, monitors } = await watch(database, audience)
  const [parent, child] = monitors as [Watched, Watched]
  let second = 0
  const turning = (monitor: Watched, from: Status, to: Status): Turning => {
    second += 1
    return { ...monitor, from, to, at: Date.now() - 3_600_000 + second * 1_000 }
  }
  const move = (...whatever: Parameters<typeof turning>) => turn(database, turning(...whatever))
  return {
    database,
    deps,
    workspaceId,
    parent,
    child,
    turning,
    goDown: (monitor: Watched) => move(monitor, 'UP', 'DOWN'),
    comeUp: (monitor: Watched) => move(monitor, 'DOWN', 'UP'),
    goSlow: (monitor: Watched) => move(monitor, 'UP', 'DEGRADED'),
    comeBack: (monitor: Watched) => move(monitor, 'DEGRADED', 'UP'),
    /** Work on all monitors, from a minute ago on. */
    maintain: (minutes: number) => workOnAll(pool, workspaceId, { sinceMinutes: 1, minutes }),
    endMaintenance: () =>
      pool.query(`UPDATE maintenance_spans SET ends_at = now() - interval '1 s'`),
    async endByHand() {
      const { id } = await database.prisma.maintenanceWindow.findFirstOrThrow()
      await deleteMaintenanceWindow(deps, { workspaceId }, { id, keepsPast: true })
    },
    depend: () =>
      pool.query(
        'INSERT INTO monitor_dependencies (monitor_id, parent_id, workspace_id) VALUES ($1, $2, $3)',
        [child.monitorId, parent.monitorId, workspaceId],
      ),
    setStatus: ({ monitorId }: Watched, status: Status) =>
      pool.query('UPDATE monitors SET status = $2 WHERE id = $1', [monitorId, status]),
    review: () => reviewAll(deps),
    /** So long at once. */
    async letPass(duration: string) {
      await pool.query('UPDATE alerts SET review_at = review_at - $1::interval', [duration])
      await reviewWithheld(deps)
    },
    told: (of = child) => toldOf(database, of),
    lateness: (of: Watched) => latenessOf(database, of),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** As if the instant of the next look had come. */
async function reviewAll(deps: Deps): Promise<void> {
  await deps.database.pool.query(
    `UPDATE alerts SET review_at = now() - interval '1 s' WHERE review_at IS NOT NULL`,
  )
  await reviewWithheld(deps)
}

/** `DOWN WITHHELD MAINTENANCE`, in order. */
async function toldOf({ prisma }: Database, { monitorId }: Watched): Promise<string[]> {
  const alerts = await prisma.alert.findMany({
    where: { monitorId },
    orderBy: { position: 'asc' },
  })
  return alerts.map(({ type, status, withheldReason }) =>
    [type, status, withheldReason].filter(Boolean).join(' '),
  )
}

/** What the message says of it. */
async function latenessOf({ prisma, pool }: Database, { monitorId }: Watched) {
  const { id } = await prisma.alert.findFirstOrThrow({ where: { monitorId } })
  const lateness = (await readNotice(pool, id))?.lateness
  return lateness ? latenessInWords(lateness) : null
}
