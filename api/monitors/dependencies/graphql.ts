import { PARENT_GRACE_MS, PARENT_WAIT_MS } from '../../alerts/withholding/withholding.ts'
import { builder } from '../../graphql/builder.ts'
import { principalOf, workspaceOf } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { Monitor, monitorOf } from '../graphql.ts'
import { setMonitorParents } from './deeds.ts'
import { MAX_CHILDREN, MAX_PARENTS } from './dependency.ts'
import { readChildren, readParents } from './store.ts'

const graceSeconds = PARENT_GRACE_MS / 1_000
const waitSeconds = PARENT_WAIT_MS / 1_000

builder.prismaObjectFields('Monitor', (t) => ({
  parents: t.loadableList({
    type: Monitor,
    description: `The monitors that it depends on, at most ${MAX_PARENTS}: while one of them is down, and for ${graceSeconds} s after, its alerts are withheld.`,
    load: (ids: string[], context) => readParents(context.deps, workspaceOf(context), ids),
    resolve: ({ id }) => id,
  }),
  children: t.loadableList({
    type: Monitor,
    description: `The monitors that depend on it directly, at most ${MAX_CHILDREN}.`,
    load: (ids: string[], context) => readChildren(context.deps, workspaceOf(context), ids),
    resolve: ({ id }) => id,
  }),
}))

builder.relayMutationField(
  'setMonitorParents',
  {
    description: 'What a monitor depends on.',
    inputFields: (t) => ({
      monitorId: t.id({ required: true, description: 'The id of the monitor that depends.' }),
      parentIds: t.idList({
        required: true,
        description: `The ids of all that it depends on, at most ${MAX_PARENTS}; an empty list: it depends on none.`,
      }),
    }),
  },
  {
    description:
      'Says on which monitors one depends. While one of them is down, or was an hour ago at most when it was last ' +
      'seen, its alerts are withheld; what is still down ' +
      `${graceSeconds} s after they are up is told. When it fails they are looked at soon in region \`local\`, and its ` +
      'outage is told when of each of them one region has found since that it is well, and none that it is down: ' +
      `${waitSeconds} s later at the latest. ` +
      `Errors: NOT_FOUND; BAD_USER_INPUT for more than ${MAX_PARENTS} of them, and where it would depend on itself, ` +
      `with the way by which; LIMIT_REACHED where one of them has ${MAX_CHILDREN} children already.`,
    authScopes: { permission: 'MONITORS_WRITE' },
    resolve: async (_root, { input }, context) => {
      const monitorId = uuidOf('Monitor', input.monitorId)
      const parentIds = input.parentIds.map((id) => uuidOf('Monitor', id))
      await setMonitorParents(context.deps, principalOf(context), { monitorId, parentIds })
      return { monitorId }
    },
  },
  {
    description: 'It depends on these from now on.',
    outputFields: (t) => ({
      monitor: t.prismaField({
        type: Monitor,
        description: 'The monitor as it is now.',
        resolve: (query, { monitorId }, _args, context) => monitorOf(context, monitorId, query),
      }),
    }),
  },
)
