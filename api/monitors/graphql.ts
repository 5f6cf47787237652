import { queryFromInfo } from '@pothos/plugin-prisma'
import type { MonitorKind, MonitorStatus } from '../../generated/prisma/enums.ts'
import { builder } from '../graphql/builder.ts'
import { readConnection } from '../graphql/connection.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { owned, uuidOf } from '../graphql/ids.ts'
import { parseInput } from '../input.ts'
import { loadMaintained } from '../maintenance/reading.ts'
import { shownStatus } from '../maintenance/spans/span.ts'
import { notFound } from '../refusal.ts'
import {
  filterRules,
  formatPlace,
  isMatching,
  type MonitorOrder,
  parsePlace,
  placeColumns,
  placeOf,
} from './list/list.ts'
import { countMonitors, type MonitorQuery, readMonitor, readMonitors } from './list/store.ts'

const read = { permission: 'MONITORS_READ' } as const

export const MonitorKindType = builder.enumType('MonitorKind', {
  description: 'How a target is watched.',
  values: described<MonitorKind>({
    HTTP: 'By an HTTP request.',
    TCP: 'By a TCP connection, in which something may be said.',
    PING: 'By ICMP echo requests.',
    DNS: 'By asking a resolver for the records of a name.',
    TLS: 'By a TLS handshake: the certificates that a server presents.',
    HEARTBEAT: 'Not at all: it is a job that calls us, and is missed when it does not.',
  }),
})

export const MonitorStatusType = builder.enumType('MonitorStatus', {
  description: 'What Pharos believes of a monitor.',
  values: described<MonitorStatus>({
    PENDING: 'It has not been checked yet.',
    UP: 'It answers as expected.',
    DEGRADED: 'It answers, and too slowly.',
    DOWN: 'It does not answer as expected.',
    UNKNOWN: 'There are too few fresh votes to tell.',
    MAINTENANCE: 'It is being worked on.',
    PAUSED: 'Nobody watches it.',
  }),
})

export const Monitor = builder.prismaNode('Monitor', {
  description: 'What is watched, and by which policy.',
  authScopes: read,
  id: { field: 'id' },
  select: { id: true },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    kind: t.expose('kind', { type: MonitorKindType, description: 'How it is watched.' }),
    target: t.exposeString('target', { description: 'What is watched; empty for a heartbeat.' }),
    isActive: t.exposeBoolean('isActive', { description: 'False while it is paused.' }),
    quarantineReason: t.exposeString('quarantineReason', {
      nullable: true,
      description:
        'Why it was set aside: it cannot be checked until it is updated or resumed. Else null.',
    }),
    intervalSeconds: t.exposeInt('intervalSeconds', {
      description: 'How often it is checked; of a heartbeat the longest pause of its plan.',
    }),
    timeoutMs: t.exposeInt('timeoutMs', {
      description: 'How long a check may take; of a heartbeat its grace.',
    }),
    regions: t.exposeStringList('regions', {
      description: 'From where it is checked; `heartbeat` for a job that calls.',
    }),
    quorum: t.exposeInt('quorum', {
      nullable: true,
      description: 'How many regions must find it down; null for a strict majority.',
    }),
    failureThreshold: t.exposeInt('failureThreshold', {
      description: 'How many failures in a row make a region vote DOWN.',
    }),
    recoveryThreshold: t.exposeInt('recoveryThreshold', {
      description: 'How many successes in a row make it vote UP again.',
    }),
    latencyThresholdMs: t.exposeInt('latencyThresholdMs', {
      nullable: true,
      description: 'What takes longer is slow; exactly this long is not. Null: nothing is.',
    }),
    slowThreshold: t.exposeInt('slowThreshold', {
      description: 'How many slow checks in a row make a region vote SLOW.',
    }),
    normalThreshold: t.exposeInt('normalThreshold', {
      description: 'How many normal ones in a row end that.',
    }),
    alertEmail: t.exposeString('alertEmail', {
      nullable: true,
      description: 'Who is told; null for whoever made it.',
    }),
    certificateAlerts: t.exposeBoolean('certificateAlerts', {
      description: 'Whether to warn before a certificate expires.',
    }),
    certificateExpiresAt: t.expose('certificateExpiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'The earliest expiry in the chain of certificates, as any region last saw it; null where none was presented.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'Since when it exists.' }),
    updatedAt: t.expose('updatedAt', {
      type: 'DateTime',
      description: 'When its settings last changed.',
    }),
  }),
})

builder.prismaObjectFields(Monitor, (t) => ({
  status: t.field({
    type: MonitorStatusType,
    select: { status: true },
    description: 'What is believed of it; MAINTENANCE while it is worked on, unless it is paused.',
    resolve: async (monitor, _args, context) => shownStatus(monitor, await loadMaintained(context)),
  }),
  observedStatus: t.expose('status', {
    type: MonitorStatusType,
    description: 'What its checks say, also while it is worked on; else the same as `status`.',
  }),
  statusSince: t.expose('statusSince', {
    type: 'DateTime',
    description:
      'From when `observedStatus` holds: the first of the checks that confirmed it. For work see `maintenance`.',
  }),
}))

const MonitorFilterInput = builder.inputType('MonitorFilter', {
  description: 'Which monitors to list; what is left out does not matter.',
  fields: (t) => ({
    status: t.field({ type: [MonitorStatusType], description: 'Of one of these statuses.' }),
    kind: t.field({ type: [MonitorKindType], description: 'Of one of these kinds.' }),
    isActive: t.boolean({ description: 'Whether it is watched, or paused.' }),
    region: t.string({ description: 'Checked from this region.' }),
    search: t.string({ description: 'Part of its name or target, in any case.' }),
  }),
})

const MonitorOrderType = builder.enumType('MonitorOrder', {
  description: 'In which order to list monitors.',
  values: described<MonitorOrder>({
    NEWEST: 'The one created last comes first.',
    OLDEST: 'The one created first comes first.',
    NAME: 'By name.',
    LATEST_CHANGE: 'The one whose status changed last comes first.',
  }),
})

const paths = [['nodes'], ['edges', 'node']]

builder.queryFields((t) => ({
  monitor: t.prismaField({
    type: Monitor,
    nullable: true,
    description: 'The monitor with this id. Errors: NOT_FOUND.',
    authScopes: read,
    args: { id: t.arg.id({ required: true, description: 'The id of the monitor.' }) },
    resolve: (query, _root, { id }, context) => monitorOf(context, uuidOf('Monitor', id), query),
  }),
  monitors: t.connection(
    {
      type: Monitor,
      description: 'The monitors of the workspace.',
      authScopes: read,
      args: {
        filter: t.arg({ type: MonitorFilterInput, description: 'Which of them.' }),
        orderBy: t.arg({
          type: MonitorOrderType,
          defaultValue: 'NEWEST',
          description: 'In which order.',
        }),
      },
      resolve: async (_root, args, context, info) => {
        const filter = args.filter ?? {}
        parseInput(filterRules, filter)
        const maintained = filter.status ? await loadMaintained(context) : null
        const where = isMatching(workspaceOf(context), filter, maintained)
        const query = queryFromInfo({ context, info, paths, select: placeColumns })
        const order = args.orderBy ?? 'NEWEST'
        return readConnection(args, {
          of: where,
          parse: (text) => parsePlace(text, order),
          read: (page) => readMonitors(context.deps, { where, order, page }, query),
          format: (monitor) => formatPlace(placeOf(monitor, order)),
        })
      },
    },
    {
      name: 'MonitorConnection',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many monitors the whole list holds.',
          resolve: ({ of }, _args, { deps }) => countMonitors(deps, of),
        }),
      }),
    },
    { name: 'MonitorEdge' },
  ),
}))

/** The workspace's monitor with this id; refused where there is none. */
export async function monitorOf(context: Context, id: string, query: MonitorQuery) {
  const monitor = await readMonitor(context.deps, owned(id, context), query)
  if (!monitor) throw notFound()
  return monitor
}
