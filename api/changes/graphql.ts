import type { ChangeAction, ChangeKind } from '../../generated/prisma/enums.ts'
import { may, type Permission } from '../accounts/principal.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, principalOf, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { encodeId } from '../graphql/ids.ts'
import { OPERATION_DEADLINE_MS } from '../graphql/limits.ts'
import { RETENTION_DAYS, type StoredChange } from './change.ts'
import { formatCursor } from './cursor.ts'

const ChangeKindType = builder.enumType('ChangeKind', {
  description: 'What has changed.',
  values: described<ChangeKind>({
    MONITOR:
      'A monitor: its settings, its status, or the vote of a region. For checks there is `checkRecorded`.',
    INCIDENT: 'An incident, or its timeline.',
    ALERT: 'An alert, or how far its delivery has come.',
  }),
})

const ChangeActionType = builder.enumType('ChangeAction', {
  description: 'What has become of it.',
  values: described<ChangeAction>({
    CREATED: 'It is new.',
    UPDATED: 'It is not what it was.',
    DELETED:
      'It is gone. With a monitor go its incidents and alerts: they are not told of one by one.',
  }),
})

const typeOf = {
  MONITOR: 'Monitor',
  INCIDENT: 'Incident',
  ALERT: 'Alert',
} satisfies Record<ChangeKind, string>

const permissionFor = {
  MONITOR: 'MONITORS_READ',
  INCIDENT: 'INCIDENTS_READ',
  ALERT: 'INCIDENTS_READ',
} satisfies Record<ChangeKind, Permission>

const ChangeType = builder.objectRef<StoredChange>('Change').implement({
  description:
    'What one transaction did to one object. However much it did to it, that is one change.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    cursor: t.string({
      description: 'Pass it as `after` to go on behind this change.',
      resolve: ({ position }) => formatCursor(position),
    }),
    at: t.expose('at', {
      type: 'DateTime',
      description: 'When it was written, just before it was committed.',
    }),
    kind: t.expose('kind', { type: ChangeKindType, description: 'What has changed.' }),
    action: t.expose('action', {
      type: ChangeActionType,
      description: 'What has become of it.',
    }),
    id: t.id({
      description: 'The id of what has changed, also where it is gone.',
      resolve: ({ kind, nodeId }) => encodeId(typeOf[kind], nodeId),
    }),
    node: t.node({
      description: 'It, as it is when this is told; null once it is gone.',
      id: ({ kind, nodeId }) => ({ type: typeOf[kind], id: nodeId }),
    }),
  }),
})

builder.queryField('changesCursor', (t) =>
  t.string({
    description:
      'Follow `changes` after it, and of what is read in this operation nothing that changes is missed. For that ' +
      'it lies up to 10 s back: some of it may be told although it is known.',
    authScopes: { permission: 'MONITORS_READ' },
    resolve: (_root, _args, context) =>
      context.deps.feeds.cursorBefore(workspaceOf(context), OPERATION_DEADLINE_MS),
  }),
)

builder.subscriptionField('changes', (t) =>
  t.field({
    type: ChangeType,
    description:
      'What changes in the workspace, each committed change once and in order: what came after a cursor, then ' +
      `what comes. Only what the caller may read. Kept for ${RETENTION_DAYS} days. ` +
      'Errors: BAD_USER_INPUT for what is no ' +
      'cursor, and for one that has expired, with the oldest there is as `extensions.oldestCursor`: what was read ' +
      'before is to be read afresh then.',
    authScopes: { permission: 'MONITORS_READ' },
    args: {
      after: t.arg.string({
        description:
          'The cursor of the last change known; "0": from the oldest kept; absent: from now on.',
      }),
    },
    subscribe: (_root, { after }, context) =>
      context.deps.feeds.follow({
        workspaceId: workspaceOf(context),
        after: after ?? null,
        wants: mayRead(context),
      }),
    resolve: (change) => change,
  }),
)

function mayRead(context: Context): (change: StoredChange) => boolean {
  const principal = principalOf(context)
  const kinds = Object.entries(permissionFor).filter(([, permission]) => may(principal, permission))
  const readable = new Set(kinds.map(([kind]) => kind))
  return ({ kind }) => readable.has(kind)
}
