import { builder } from '../../graphql/builder.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { monitorOf } from '../../monitors/graphql.ts'
import { Check } from '../graphql.ts'

builder.subscriptionField('checkRecorded', (t) =>
  t.field({
    type: Check,
    description:
      'A tick for each check of a monitor that is recorded, from now on: nothing is replayed, and a slow ' +
      'reader is told the newest check of each region only. Errors: NOT_FOUND.',
    authScopes: { permission: 'MONITORS_READ' },
    args: { monitorId: t.arg.id({ required: true, description: 'The id of the monitor.' }) },
    async subscribe(_root, { monitorId }, context) {
      const key = uuidOf('Monitor', monitorId)
      await monitorOf(context, key, { select: { id: true } })
      return context.deps.ticks.follow(key)
    },
    resolve: (check) => check,
  }),
)
