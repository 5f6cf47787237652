import type { Deps } from '../../deps.ts'
import { readOwners, readSettings, type ShownSetting } from './store.ts'

/** What is in force for a monitor: its own settings, or the workspace's default. */
export type SettingsInForce = { isOwn: boolean; settings: ShownSetting[] }

/** In the order of the ids; null asks for the default. */
export async function readSettingsInForce(
  deps: Deps,
  workspaceId: string,
  monitorIds: readonly (string | null)[],
): Promise<SettingsInForce[]> {
  const known = monitorIds.filter((id) => id !== null)
  const owners = await readOwners(deps, workspaceId, known)
  const rows = await readSettings(deps, workspaceId, [...known, null])
  const settings = Map.groupBy(rows, ({ monitorId }) => monitorId)
  return monitorIds.map((monitorId) => {
    const isOwn = monitorId !== null && owners.has(monitorId)
    return { isOwn, settings: settings.get(isOwn ? monitorId : null) ?? [] }
  })
}
