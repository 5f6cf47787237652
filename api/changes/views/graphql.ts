import { Alert, alertOf } from '../../alerts/graphql.ts'
import { builder } from '../../graphql/builder.ts'
import { type Context, workspaceOf } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { Incident, incidentOf } from '../../incidents/graphql.ts'
import { Monitor, monitorOf } from '../../monitors/graphql.ts'
import { countMonitors } from '../../monitors/list/store.ts'
import { badInput, notFound } from '../../refusal.ts'
import type { StoredChange } from '../change.ts'

/** More are followed by following all. */
const MAX_MONITORS = 500

const FROM_NOW =
  'From now on: nothing is replayed, for that there is `changes`. It is shown as it is when this is told; ' +
  'of one that is gone by then NOT_FOUND is told.'

builder.subscriptionFields((t) => ({
  monitorStatusChanged: t.prismaField({
    type: Monitor,
    description: `A monitor whenever it has another status. ${FROM_NOW} Errors: NOT_FOUND, BAD_USER_INPUT.`,
    authScopes: { permission: 'MONITORS_READ' },
    args: {
      monitorIds: t.arg.idList({
        description: `Of these monitors only, at most ${MAX_MONITORS}; absent: of all.`,
      }),
    },
    async subscribe(_root, { monitorIds }, context) {
      const chosen = await chosenFrom(context, monitorIds ?? null)
      return follow(
        context,
        ({ hasNewStatus, monitorId }) => hasNewStatus && (!chosen || chosen.has(monitorId)),
      )
    },
    resolve: (query, { nodeId }, _args, context) => monitorOf(context, nodeId, query),
  }),
  incidentChanged: t.prismaField({
    type: Incident,
    description: `An incident whenever it or its timeline has changed. ${FROM_NOW} Errors: NOT_FOUND.`,
    authScopes: { permission: 'INCIDENTS_READ' },
    args: {
      monitorId: t.arg.id({ description: 'Of this monitor only; absent: of all.' }),
    },
    async subscribe(_root, { monitorId }, context) {
      const chosen = await chosenFrom(context, monitorId == null ? null : [monitorId])
      return follow(
        context,
        (change) => change.kind === 'INCIDENT' && (!chosen || chosen.has(change.monitorId)),
      )
    },
    resolve: (query, { nodeId }, _args, context) => incidentOf(context, nodeId, query),
  }),
  alertChanged: t.prismaField({
    type: Alert,
    description: `An alert whenever it is new, or an attempt to deliver it has ended. ${FROM_NOW}`,
    authScopes: { permission: 'INCIDENTS_READ' },
    subscribe: (_root, _args, context) => follow(context, ({ kind }) => kind === 'ALERT'),
    resolve: (query, { nodeId }, _args, context) => alertOf(context, nodeId, query),
  }),
}))

function follow(context: Context, wants: (change: StoredChange) => boolean) {
  return context.deps.feeds.follow({ workspaceId: workspaceOf(context), after: null, wants })
}

/** The monitors of the workspace that are named, each of which there must be; null: all. */
async function chosenFrom(context: Context, ids: string[] | null): Promise<Set<string> | null> {
  if (ids === null) return null
  if (ids.length > MAX_MONITORS) {
    throw badInput('monitorIds', `must name at most ${MAX_MONITORS} monitors`)
  }
  const chosen = new Set(ids.map((id) => uuidOf('Monitor', id)))
  const owned = { workspaceId: workspaceOf(context), id: { in: [...chosen] } }
  if ((await countMonitors(context.deps, owned)) < chosen.size) throw notFound()
  return chosen
}
