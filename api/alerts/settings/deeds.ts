import type { Principal } from '../../accounts/principal.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { notFound } from '../../refusal.ts'
import { type AlertSettingInput, parseSettings } from './settings.ts'
import { countOwnChannels, lockOwner, replaceSettings } from './store.ts'

/** For a monitor, or where that is null for all that have no settings of their own. An empty list is none. */
export function setAlertSettings(
  deps: Deps,
  { workspaceId }: Principal,
  { monitorId, settings: given }: { monitorId: string | null; settings: AlertSettingInput[] },
): Promise<void> {
  const settings = parseSettings(given)
  const channelIds = settings.map(({ channelId }) => channelId)
  const owner = { workspaceId, monitorId }
  return inTransaction(deps.database, async (tx) => {
    if (!(await lockOwner(tx, owner))) throw notFound()
    const known = await countOwnChannels(tx, workspaceId, channelIds)
    if (known < channelIds.length) throw notFound()
    await replaceSettings(tx, owner, settings)
  })
}
