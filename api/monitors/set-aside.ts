import type { Deps } from '../deps.ts'
import { quarantineMonitor } from './deeds.ts'

/**
 * Quarantines a monitor that spoils the work on others. What fails even at that is logged and comes up
 * again: nobody waits for it.
 */
export async function setAside(
  deps: Deps,
  monitorId: string,
  what: string,
  error: unknown,
): Promise<void> {
  deps.log.error({ err: error, monitorId }, `a monitor is set aside: ${what}`)
  const why = error instanceof Error ? error.message : String(error)
  try {
    await quarantineMonitor(deps, monitorId, `${what}: ${why}`)
  } catch (failure) {
    deps.log.error({ err: failure, monitorId }, 'a monitor could not be set aside')
  }
}
