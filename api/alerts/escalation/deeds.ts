import type { Principal } from '../../accounts/principal.ts'
import { ofMonitor } from '../../changes/change.ts'
import { announce } from '../../changes/deeds.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound } from '../../refusal.ts'
import { lockOwnChannels } from '../settings/store.ts'
import {
  channelsOf,
  MAX_POLICIES,
  noRoomForPolicy,
  parsePolicy,
  parsePolicyChange,
  type Policy,
  type PolicyInput,
} from './policy.ts'
import {
  assignPolicy,
  countPolicies,
  deletePolicyRow,
  insertPolicy,
  lockPolicy,
  savePolicy,
  unassignPolicy,
} from './store.ts'

export function createEscalationPolicy(
  deps: Deps,
  { workspaceId }: Principal,
  input: PolicyInput,
): Promise<string> {
  const policy = parsePolicy(input)
  return inTransaction(deps.database, async (tx) => {
    if ((await countPolicies(tx, workspaceId)) >= MAX_POLICIES) throw noRoomForPolicy()
    await mustOwnChannels(tx, workspaceId, policy)
    return insertPolicy(tx, workspaceId, policy)
  })
}

/** Incidents that are open go on by the policy as it was when they opened. */
export function updateEscalationPolicy(
  deps: Deps,
  { workspaceId }: Principal,
  { id, ...input }: PolicyInput & { id: string },
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const stored = await lockPolicy(tx, { id, workspaceId })
    if (!stored) throw notFound()
    const policy = parsePolicyChange(stored, input)
    if (input.steps != null) await mustOwnChannels(tx, workspaceId, policy)
    await savePolicy(tx, id, policy)
  })
}

/** Its monitors are escalated no more; incidents that are open still are. */
export function deleteEscalationPolicy(
  { database }: Deps,
  { workspaceId }: Principal,
  id: string,
): Promise<void> {
  return inTransaction(database, async (tx) => {
    if (!(await lockPolicy(tx, { id, workspaceId }))) throw notFound()
    const monitorIds = await unassignPolicy(tx, { id, workspaceId })
    await deletePolicyRow(tx, { id, workspaceId })
    announce(
      tx,
      monitorIds.map((monitorId) => ofMonitor({ id: monitorId, workspaceId }, 'UPDATED')),
    )
  })
}

/** By which policy the monitor's incidents are escalated from the next one on; null: by none. */
export function setEscalationPolicy(
  deps: Deps,
  { workspaceId }: Principal,
  { monitorId, policyId }: { monitorId: string; policyId: string | null },
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const isKnown = policyId === null || (await lockPolicy(tx, { id: policyId, workspaceId }))
    if (!isKnown) throw notFound()
    if (!(await assignPolicy(tx, { monitorId, workspaceId }, policyId))) throw notFound()
    announce(tx, [ofMonitor({ id: monitorId, workspaceId }, 'UPDATED')])
  })
}

async function mustOwnChannels(
  tx: Transaction,
  workspaceId: string,
  policy: Policy,
): Promise<void> {
  const channelIds = channelsOf(policy)
  const known = await lockOwnChannels(tx, workspaceId, channelIds)
  if (known < channelIds.length) throw notFound()
}
