import type { IncidentKind, IncidentStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { owned, uuidOf } from '../graphql/ids.ts'
import { notFound } from '../refusal.ts'
import { secondsToResolve } from './incident.ts'
import { countIncidents, readIncident, readIncidents } from './store.ts'

const read = { permission: 'INCIDENTS_READ' } as const

const IncidentKindType = builder.enumType('IncidentKind', {
  description: 'What kind of trouble it is. Each has thresholds and an end of its own.',
  values: described<IncidentKind>({
    DOWN: 'The monitor is not up.',
    LATENCY: 'It answers, and too slowly.',
    CERTIFICATE: 'Its certificate expires soon.',
    METRIC: 'A rule over its metrics fires.',
  }),
})

const IncidentStatusType = builder.enumType('IncidentStatus', {
  description: 'How far an incident has come.',
  values: described<IncidentStatus>({
    OPEN: 'Nobody has taken it yet.',
    ACKNOWLEDGED: 'Somebody is at it.',
    RESOLVED: 'It is over.',
  }),
})

export const Incident = builder.prismaNode('Incident', {
  description: 'A confirmed window of trouble of one monitor.',
  authScopes: read,
  id: { field: 'id' },
  select: { id: true },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    kind: t.expose('kind', { type: IncidentKindType, description: 'What kind of trouble.' }),
    status: t.expose('status', { type: IncidentStatusType, description: 'How far it has come.' }),
    monitor: t.relation('monitor', { description: 'The monitor in trouble.' }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'When it began: the first of the checks that confirmed it.',
    }),
    acknowledgedAt: t.expose('acknowledgedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When somebody took it; null again once that counts no more.',
    }),
    acknowledgedBy: t.relation('acknowledgedBy', {
      nullable: true,
      description: 'Who took it; null also if that account is gone.',
    }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was over: the first good check, or when somebody resolved it.',
    }),
    secondsToResolve: t.int({
      nullable: true,
      description: 'From `startedAt` to `resolvedAt` in whole seconds; null until then.',
      select: { startedAt: true, resolvedAt: true },
      resolve: secondsToResolve,
    }),
    retractedAt: t.expose('retractedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When late results showed that it never happened. Lists leave such incidents out.',
    }),
    cause: t.exposeString('cause', { description: 'What went wrong, in words.' }),
    screenshotUrl: t.string({
      nullable: true,
      description:
        'What a visitor would have seen when it opened. Null where there is no picture: ' +
        '`evidence.problem` says why.',
      select: { screenshotUrl: true },
      resolve: ({ screenshotUrl }, _args, { deps }) =>
        // A path of our own, or an address at Cloudinary.
        screenshotUrl && new URL(screenshotUrl, deps.environment.publicUrl).href,
    }),
    timeline: t.relation('timeline', {
      description: 'What happened and what people said and did, oldest first.',
      query: { orderBy: [{ at: 'asc' }, { id: 'asc' }] },
    }),
  }),
})

/** One type for the list of the workspace and for the list of a monitor. */
const IncidentConnection = builder.connectionObject(
  {
    type: Incident,
    name: 'IncidentConnection',
    fields: (t) => ({
      totalCount: t.int({ extensions: { pothosPrismaTotalCount: true }, resolve: countOf }),
    }),
  },
  { name: 'IncidentEdge' },
)

const IncidentFilterInput = builder.inputType('IncidentFilter', {
  description: 'Which incidents to list; what is left out does not matter.',
  fields: (t) => ({
    status: t.field({ type: [IncidentStatusType], description: 'In one of these states.' }),
    kind: t.field({ type: [IncidentKindType], description: 'Of one of these kinds.' }),
    monitorId: t.id({ description: 'Of this monitor.' }),
    from: t.field({ type: 'DateTime', description: 'Not over before this instant.' }),
    to: t.field({ type: 'DateTime', description: 'Begun before this instant.' }),
  }),
})

builder.queryFields((t) => ({
  incident: t.prismaField({
    type: Incident,
    nullable: true,
    description: 'The incident with this id. Errors: NOT_FOUND.',
    authScopes: read,
    args: { id: t.arg.id({ required: true, description: 'The id of the incident.' }) },
    resolve: (query, _root, { id }, context) => incidentOf(context, uuidOf('Incident', id), query),
  }),
  incidents: t.prismaConnection(
    {
      type: Incident,
      cursor: 'id',
      description: 'The incidents of the workspace, newest first.',
      authScopes: read,
      args: { filter: t.arg({ type: IncidentFilterInput, description: 'Which of them.' }) },
      totalCount: (_root, { filter }, context) =>
        countIncidents(context.deps, workspaceOf(context), filterOf(filter)),
      resolve: (query, _root, { filter }, context) =>
        readIncidents(context.deps, workspaceOf(context), filterOf(filter), query),
    },
    IncidentConnection,
  ),
}))

builder.prismaObjectFields('Monitor', (t) => ({
  incidents: t.prismaConnection(
    {
      type: Incident,
      cursor: 'id',
      description: 'The incidents of this monitor, newest first.',
      authScopes: read,
      totalCount: ({ id }, _args, context) =>
        countIncidents(context.deps, workspaceOf(context), { monitorId: id }),
      resolve: (query, { id }, _args, context) =>
        readIncidents(context.deps, workspaceOf(context), { monitorId: id }, query),
    },
    IncidentConnection,
  ),
  openIncidents: t.relation('incidents', {
    description: 'What is wrong with it now: at most one incident of each kind.',
    authScopes: read,
    query: { where: { status: { not: 'RESOLVED' } }, orderBy: { id: 'desc' } },
  }),
}))

// Pothos gives every page of a prismaConnection with `totalCount` this function; its types do not say so.
function countOf(page: object): Promise<number> {
  return (page as { totalCount: () => Promise<number> }).totalCount()
}

type IncidentQuery = Parameters<typeof readIncident>[2]

/** The workspace's incident with this id; refused where there is none. */
export async function incidentOf(context: Context, id: string, query: IncidentQuery) {
  const incident = await readIncident(context.deps, owned(id, context), query)
  if (!incident) throw notFound()
  return incident
}

function filterOf(filter: typeof IncidentFilterInput.$inferInput | null | undefined) {
  const monitorId = filter?.monitorId ? uuidOf('Monitor', filter.monitorId) : null
  return { ...filter, monitorId }
}
