import type { Principal } from '../../accounts/principal.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { notFound } from '../../refusal.ts'
import { type AlertSettingInput, isDefaultAlready, parseSettings } from './settings.ts'
import { lockOwnChannels, markOwn, replaceSettings } from './store.ts'

type Given = {
  monitorId: string | null
  /** An empty list: no channel hears anything. Null: the monitor is left to the default. */
  settings: AlertSettingInput[] | null
}

/** For a monitor, or where that is null for all that have no settings of their own. */
export function setAlertSettings(
  deps: Deps,
  { workspaceId }: Pick<Principal, 'workspaceId'>,
  { monitorId, settings: given }: Given,
): Promise<void> {
  if (monitorId === null && given === null) throw isDefaultAlready()
  const settings = parseSettings(given ?? [])
  const channelIds = settings.map(({ channelId }) => channelId)
  return inTransaction(deps.database, async (tx) => {
    await holdWorkspace(tx, workspaceId)
    if (monitorId !== null) {
      const monitor = { id: monitorId, workspaceId }
      if (!(await markOwn(tx, monitor, given !== null))) throw notFound()
      announce(tx, [ofMonitor(monitor, 'UPDATED')])
    }
    if ((await lockOwnChannels(tx, workspaceId, channelIds)) < channelIds.length) throw notFound()
    await replaceSettings(tx, { workspaceId, monitorId }, settings)
  })
}
