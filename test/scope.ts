import type { Scope } from '../api/monitors/input/settings-rules.ts'
import { AGENT_CAPABILITIES, EDGE_CAPABILITIES } from '../core/probe-protocol.ts'

/** Nothing private may be watched; beside the built-in agent there is one probe of the edge. */
export const testScope: Scope = {
  outbound: { allow: [] },
  regions: [
    { region: 'local', kinds: AGENT_CAPABILITIES },
    { region: 'weur', kinds: EDGE_CAPABILITIES },
  ],
  nowMs: Date.parse('2026-11-20T08:00:00Z'),
}
