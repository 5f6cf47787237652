import type { Deps } from '../../deps.ts'
import { readSettings, type ShownSetting } from './store.ts'

/** What is in force for a monitor: its own settings, or the workspace's default. */
export type SettingsInForce = { isOwn: boolean; settings: ShownSetting[] }

/** In the order of the ids; null asks for the default. */
export async function readSettingsInForce(
  deps: Deps,
  workspaceId: string,
  monitorIds: readonly (string | null)[],
): Promise<SettingsInForce[]> {
  const rows = await readSettings(deps, workspaceId, [...monitorIds, null])
  const settings = Map.groupBy(rows, ({ monitorId }) => monitorId)
  return monitorIds.map((monitorId) => {
    const own = monitorId === null ? undefined : settings.get(monitorId)
    return { isOwn: own !== undefined, settings: own ?? settings.get(null) ?? [] }
  })
}
