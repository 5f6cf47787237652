import type { Deps } from '../../deps.ts'
import type { Transaction } from '../../platform/database.ts'
import type { AlertSetting } from './settings.ts'

/** Whose settings: a monitor's own, or where it is null the workspace's default. */
export type Owner = { workspaceId: string; monitorId: string | null }

/** Of these monitors, and the default where null is among them; each with its channel. */
export function readSettings(
  { database }: Deps,
  workspaceId: string,
  monitorIds: readonly (string | null)[],
) {
  const known = monitorIds.filter((id) => id !== null)
  const isDefault = known.length < monitorIds.length ? [{ monitorId: null }] : []
  return database.prisma.alertSetting.findMany({
    where: { workspaceId, OR: [{ monitorId: { in: known } }, ...isDefault] },
    include: { channel: true },
    orderBy: { channelId: 'asc' },
  })
}

export type ShownSetting = Awaited<ReturnType<typeof readSettings>>[number]

/** Which of these monitors have settings of their own, be there none. */
export async function readOwners(
  { database }: Deps,
  workspaceId: string,
  monitorIds: readonly string[],
): Promise<Set<string>> {
  const found = await database.prisma.monitor.findMany({
    where: { workspaceId, id: { in: [...monitorIds] }, hasOwnAlertSettings: true },
    select: { id: true },
  })
  return new Set(found.map(({ id }) => id))
}

/** Whether the settings of a monitor are its own from now on. False where the workspace has no such monitor. */
export async function markOwn(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
  isOwn: boolean,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    'UPDATE monitors SET has_own_alert_settings = $3 WHERE id = $1 AND workspace_id = $2',
    [id, workspaceId, isOwn],
  )
  return rowCount === 1
}

/** How many of these channels are the workspace's; none of them is deleted meanwhile. */
export async function lockOwnChannels(
  tx: Transaction,
  workspaceId: string,
  channelIds: string[],
): Promise<number> {
  const { rowCount } = await tx.query(
    'SELECT FROM channels WHERE workspace_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE',
    [workspaceId, channelIds],
  )
  return rowCount ?? 0
}

export async function replaceSettings(
  tx: Transaction,
  { workspaceId, monitorId }: Owner,
  settings: readonly AlertSetting[],
): Promise<void> {
  await tx.query(
    'DELETE FROM alert_settings WHERE workspace_id = $1 AND monitor_id IS NOT DISTINCT FROM $2',
    [workspaceId, monitorId],
  )
  await tx.query(
    `INSERT INTO alert_settings (workspace_id, monitor_id, channel_id, is_active, on_down, on_up, on_slow,
       on_certificate, slow_threshold_ms)
     SELECT $1, $2, s.* FROM unnest($3::uuid[], $4::bool[], $5::bool[], $6::bool[], $7::bool[],
       $8::bool[], $9::int[]) AS s`,
    [
      workspaceId,
      monitorId,
      settings.map((setting) => setting.channelId),
      settings.map((setting) => setting.isActive),
      settings.map((setting) => setting.onDown),
      settings.map((setting) => setting.onUp),
      settings.map((setting) => setting.onSlow),
      settings.map((setting) => setting.onCertificate),
      settings.map((setting) => setting.slowThresholdMs),
    ],
  )
}

/** The channel hears everything of all monitors that have no settings of their own. */
export async function insertDefaultSetting(
  tx: Transaction,
  { id, workspaceId }: { id: string; workspaceId: string },
): Promise<void> {
  await tx.query('INSERT INTO alert_settings (workspace_id, channel_id) VALUES ($1, $2)', [
    workspaceId,
    id,
  ])
}
