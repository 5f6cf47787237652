import type { CheckKind } from '../../../core/check.ts'
import { AGENT_CAPABILITIES, EDGE_CAPABILITIES } from '../../../core/probe-protocol.ts'
import type { ProbeKind } from '../../../generated/prisma/enums.ts'
import { LOCAL_REGION } from '../assignment.ts'

/** A region that a workspace's monitors may be checked from, and how. */
export type OfferedRegion = { region: string; kinds: readonly CheckKind[] }

/** A probe that is not revoked. It has declared no capabilities before its first sync. */
export type LiveProbe = { region: string; kind: ProbeKind; capabilities: readonly CheckKind[] }

/** The built-in agent's region first, then those of probes by name; what any probe of a region can run, it can. */
export function offerRegions(
  localKinds: readonly CheckKind[],
  probes: readonly LiveProbe[],
): OfferedRegion[] {
  const byRegion = Map.groupBy(probes, ({ region }) => region)
  const elsewhere = [...byRegion].map(([region, all]) => ({
    region,
    kinds: [...new Set(all.flatMap(capabilitiesOf))],
  }))
  return [
    { region: LOCAL_REGION, kinds: localKinds },
    ...elsewhere.toSorted((a, b) => (a.region < b.region ? -1 : 1)),
  ]
}

function capabilitiesOf({ kind, capabilities }: LiveProbe): readonly CheckKind[] {
  if (capabilities.length > 0) return capabilities
  return kind === 'EDGE' ? EDGE_CAPABILITIES : AGENT_CAPABILITIES
}
