import type { Deps } from '../../deps.ts'
import { offerRegions } from '../../probes/regions/region.ts'
import { readLiveProbes } from '../../probes/regions/store.ts'
import type { Scope } from './settings-rules.ts'

/** What the inputs of a workspace are judged by now. */
export async function readScope(deps: Deps, workspaceId: string): Promise<Scope> {
  const [localKinds, probes] = await Promise.all([
    deps.checker.capabilities(),
    readLiveProbes(deps.database.pool, workspaceId),
  ])
  return {
    outbound: deps.environment.outbound,
    regions: offerRegions(localKinds, probes),
    nowMs: deps.clock.now(),
  }
}
