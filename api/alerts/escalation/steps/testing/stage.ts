import { addChannel, addContact } from '../../../../../test/channels.ts'
import { openTestDatabase } from '../../../../../test/database.ts'
import { testDeps } from '../../../../../test/deps.ts'
import { moveEarlier } from '../../../../../test/earlier.ts'
import { watch, type Watched } from '../../../../../test/monitors.ts'
import { turn } from '../../../../../test/telling.ts'
import { workOnAll } from '../../../../../test/work.ts'
import type { Principal } from '../../../../accounts/principal.ts'
import type { Deps } from '../../../../deps.ts'
import {
  acknowledgeIncident,
  resolveIncident,
  withdrawAcknowledgement,
} from '../../../../incidents/deeds.ts'
import type { Database } from '../../../../platform/database.ts'
import { readNotice } from '../../../store.ts'
import { reviewWithheld } from '../../../withholding/deeds.ts'
import { createEscalationPolicy, setEscalationPolicy } from '../../deeds.ts'
import type { PolicyInput } from '../../policy.ts'
import { takeDueSteps } from '../deeds.ts'

export const startedAt = Date.now() - 3_600_000

type Stage = Awaited<ReturnType<typeof openStage>>

/** A monitor of Ada's, two channels that hear nothing by themselves, and a policy that calls them. */
export async function openStage(policy: Partial<PolicyInput> = {}) {
  const database = await openTestDatabase()
  const { pool, prisma } = database
  const deps = testDeps(database)
  const { workspaceId, userIds, monitors } = await watch(database, { members: ['ada@example.com'] })
  const [monitor] = monitors as [Watched]
  const ada = { workspaceId, userId: userIds[0] } as Principal
  const { first, policyId } = await makePolicy(deps, ada, policy)
  await setEscalationPolicy(deps, ada, { monitorId: monitor.monitorId, policyId })
  const move = (from: 'UP' | 'DOWN', second: number) => {
    const to = from === 'UP' ? 'DOWN' : 'UP'
    return turn(database, { ...monitor, from, to, at: startedAt + second * 1_000 })
  }
  const incidentId = async () => (await prisma.incident.findFirstOrThrow()).id
  return {
    database,
    deps,
    monitor,
    first,
    policyId,
    goDown: (second = 0) => move('UP', second),
    comeUp: (second = 60) => move('DOWN', second),
    acknowledge: async () => acknowledgeIncident(deps, ada, await incidentId()),
    withdraw: async () => withdrawAcknowledgement(deps, ada, await incidentId()),
    resolve: async () => resolveIncident(deps, ada, await incidentId()),
    take: () => takeDueSteps(deps),
    letPass: (minutes: number) => letPass(database, minutes),
    /** Work on everything, for an hour from now on. */
    work: () => workOnAll(pool, workspaceId, { minutes: 60 }),
    review: () => reviewWithheld(deps),
    told: () => toldOver(database),
    lastNotice: () => lastNotice(database),
    callMailboxes: (addresses: string[]) => callMailboxes(deps, workspaceId, addresses),
    mailed: () => mailed(database),
    incident: () => prisma.incident.findFirstOrThrow({ include: { escalation: true } }),
    entries: async () =>
      (await prisma.incidentEntry.findMany({ orderBy: { id: 'asc' } })).map(
        ({ kind, text }) => `${kind} ${text}`,
      ),
    [Symbol.asyncDispose]: () => database.close(),
  }
}

/** So many minutes go by, and what is due is taken. */
export async function wait(stage: Stage, minutes: number): Promise<string[]> {
  await stage.letPass(minutes)
  await stage.take()
  return stage.told()
}

async function makePolicy(deps: Deps, ada: Principal, policy: Partial<PolicyInput>) {
  const channels = await Promise.all(
    ['first', 'second'].map((name) =>
      addChannel(deps, ada.workspaceId, { name, webhook: { url: `https://${name}.example/` } }),
    ),
  )
  await deps.database.pool.query('DELETE FROM alert_settings')
  const [first, second] = channels.map(({ id }) => id) as [string, string]
  const steps = [
    { afterMinutes: 5, channelIds: [first] },
    { afterMinutes: 10, channelIds: [first, second] },
  ]
  const policyId = await createEscalationPolicy(deps, ada, { name: 'Night', steps, ...policy })
  return { first, policyId }
}

/** As if everything so far had happened so long ago. */
function letPass({ pool }: Database, minutes: number): Promise<void> {
  return moveEarlier(pool, minutes, {
    escalations: ['due_at'],
    alerts: ['created_at', 'released_at', 'review_at'],
    incident_entries: ['created_at'],
    maintenance_spans: ['starts_at', 'ends_at'],
    incidents: ['acknowledgement_ends_at'],
  })
}

/** What channels are told, in order; the mailbox, which hears everything, left out. */
async function toldOver({ prisma }: Database): Promise<string[]> {
  const where = { channel: 'WEBHOOK' } as const
  const alerts = await prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
  return alerts.map(({ type, recipient, round }) => `${type} ${recipient} ${round}`)
}

/** What the channels' last alert says. */
async function lastNotice({ prisma, pool }: Database) {
  const where = { channel: 'WEBHOOK' } as const
  const { id } = await prisma.alert.findFirstOrThrow({ where, orderBy: { position: 'desc' } })
  return readNotice(pool, id)
}

/** Has both steps call two channels of a contact at each of these addresses, the first one now. */
async function callMailboxes(deps: Deps, workspaceId: string, addresses: string[]): Promise<void> {
  const channelIds: string[] = []
  for (const address of addresses) {
    const contactId = await addContact(deps, workspaceId, { email: address })
    for (const name of ['one', 'two']) {
      const email = { contactId }
      channelIds.push((await addChannel(deps, workspaceId, { name, email })).id)
    }
  }
  const called = [0, 10].map((afterMinutes) => ({ afterMinutes, channelIds }))
  await deps.database.pool.query(
    `UPDATE escalations SET due_at = now() - interval '1 s', policy = jsonb_set(policy, '{steps}', $1)`,
    [JSON.stringify(called)],
  )
}

async function mailed({ prisma }: Database): Promise<string[]> {
  const where = { channel: 'EMAIL' } as const
  const alerts = await prisma.alert.findMany({ where, orderBy: { position: 'asc' } })
  return alerts.map(({ recipient, round }) => `${recipient} ${round}`)
}
