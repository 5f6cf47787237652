import { builder } from '../../graphql/builder.ts'
import { principalOf } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { Alert, alertOf } from '../graphql.ts'
import { redeliverAlert } from './deeds.ts'

builder.relayMutationField(
  'redeliverAlert',
  {
    description: 'Which alert to send again.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the alert.' }),
    }),
  },
  {
    description:
      'Sends an alert again that was sent or given up, by itself and under the same `webhook-id`, as often as ' +
      'an alert is tried. `Alert.deliveries` tells what comes of it. The alert stays what it is, except that one ' +
      'given up becomes SENT once its receiver has accepted it. ' +
      'Errors: NOT_FOUND, CONFLICT while it is on its way or withheld.',
    authScopes: { permission: 'INCIDENTS_WRITE' },
    resolve: async (_root, { input }, context) => {
      const alertId = uuidOf('Alert', input.id)
      await redeliverAlert(context.deps, principalOf(context), alertId)
      return { alertId }
    },
  },
  {
    description: 'It is on its way again.',
    outputFields: (t) => ({
      alert: t.prismaField({
        type: Alert,
        description: 'The alert as it is now.',
        resolve: (query, { alertId }, _args, context) => alertOf(context, alertId, query),
      }),
    }),
  },
)
