import { builder } from '../graphql/builder.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { owned, uuidOf } from '../graphql/ids.ts'
import { Monitor } from '../monitors/graphql.ts'
import { notFound } from '../refusal.ts'
import { readComing, readSpans } from './reading.ts'
import type { Span } from './spans/span.ts'
import { countWindows, readMonitorsOf, readWindow, readWindows, readWindowsById } from './store.ts'

const read = { permission: 'MONITORS_READ' } as const

const MaintenanceSpan = builder.objectRef<Span>('MaintenanceSpan')

export const MaintenanceWindow = builder.prismaNode('MaintenanceWindow', {
  description:
    'When work is done on monitors: checks go on, their status is MAINTENANCE, alerts are withheld, and the time ' +
    'counts as neither up nor down.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: (id, context) => ({ ...owned(id, context), deletedAt: null }),
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    timeZone: t.exposeString('timeZone', { description: 'Whose wall clock it goes by.' }),
    startsAt: t.exposeString('startsAt', {
      description:
        'When it begins, or begins for the first time, by that clock: `2026-11-20T02:30`.',
    }),
    durationMinutes: t.exposeInt('durationMinutes', {
      description:
        'How long it lasts: time that passes, also in a night in which the clocks change.',
    }),
    rrule: t.exposeString('rrule', {
      nullable: true,
      description: 'The rule of RFC 5545 by which it recurs; null: it happens once.',
    }),
    isForAll: t.exposeBoolean('isForAll', {
      description: 'Whether it is for all monitors, those to come included.',
    }),
    monitors: t.loadableList({
      type: Monitor,
      description: 'The monitors that it is for; empty where it is for all.',
      load: (ids: string[], context) => readMonitorsOf(context.deps, workspaceOf(context), ids),
      resolve: ({ id }) => id,
    }),
    spans: t.loadableList({
      type: MaintenanceSpan,
      description: 'When it goes on and when it will, the next 10 within 60 days.',
      load: (ids: string[], context) => readComing(context.deps, workspaceOf(context), ids),
      resolve: ({ id }) => id,
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

MaintenanceSpan.implement({
  description: 'One occurrence of a maintenance window.',
  authScopes: read,
  fields: (t) => ({
    startsAt: t.expose('startsAt', { type: 'DateTime', description: 'Its first instant.' }),
    endsAt: t.expose('endsAt', { type: 'DateTime', description: 'The first instant after it.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it goes on now.' }),
    window: t.loadable({
      type: MaintenanceWindow,
      nullable: true,
      description: 'The window that it is of; null once that is deleted.',
      load: (ids: string[], context) => readWindowsById(context.deps, workspaceOf(context), ids),
      resolve: ({ windowId }) => windowId,
    }),
  }),
})

builder.prismaObjectField('Monitor', 'maintenance', (t) =>
  t.loadable({
    type: MaintenanceSpan,
    nullable: true,
    description:
      'The work that goes on, or else the next within 60 days; null where there is none.',
    load: (ids: string[], context) => readSpans(context.deps, workspaceOf(context), ids),
    resolve: ({ id }) => id,
  }),
)

builder.queryFields((t) => ({
  maintenanceWindow: t.prismaField({
    type: MaintenanceWindow,
    nullable: true,
    description: 'The maintenance window with this id. Errors: NOT_FOUND.',
    authScopes: read,
    args: { id: t.arg.id({ required: true, description: 'The id of the window.' }) },
    resolve: (query, _root, { id }, context) =>
      windowOf(context, uuidOf('MaintenanceWindow', id), query),
  }),
  maintenanceWindows: t.prismaConnection(
    {
      type: MaintenanceWindow,
      cursor: 'id',
      description: 'The maintenance windows of the workspace, newest first.',
      authScopes: read,
      totalCount: (_root, _args, context) => countWindows(context.deps, workspaceOf(context)),
      resolve: (query, _root, _args, context) =>
        readWindows(context.deps, workspaceOf(context), query),
    },
    { name: 'MaintenanceWindowConnection' },
    { name: 'MaintenanceWindowEdge' },
  ),
}))

/** The workspace's window with this id; refused where there is none. */
export async function windowOf(
  context: Context,
  id: string,
  query: Parameters<typeof readWindow>[2],
) {
  const window = await readWindow(context.deps, owned(id, context), query)
  if (!window) throw notFound()
  return window
}
