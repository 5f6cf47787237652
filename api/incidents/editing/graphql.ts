import { builder, type PayloadFields } from '../../graphql/builder.ts'
import { principalOf } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import {
  acknowledgeIncident,
  commentIncident,
  resolveIncident,
  withdrawAcknowledgement,
} from '../deeds.ts'
import { Incident, incidentOf } from '../graphql.ts'

const write = { permission: 'INCIDENTS_WRITE' } as const

const id = { required: true, description: 'The id of the incident.' } as const

const incidentField = (t: PayloadFields<{ incidentId: string }>) => ({
  incident: t.prismaField({
    type: Incident,
    description: 'The incident as it is now.',
    resolve: (query, { incidentId }, _args, context) => incidentOf(context, incidentId, query),
  }),
})

builder.relayMutationField(
  'acknowledgeIncident',
  { description: 'Which incident to take.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Says that you are at it: nobody else is called, until it is over or for as long as the escalation policy has ' +
      'an acknowledgement hold (`acknowledgementEndsAt`), and channels that were told of it hear so, but no mailbox. ' +
      'Errors: NOT_FOUND, CONFLICT if somebody was first or it is over.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const incidentId = uuidOf('Incident', input.id)
      await acknowledgeIncident(context.deps, principalOf(context), incidentId)
      return { incidentId }
    },
  },
  { description: 'The incident that was acknowledged.', outputFields: incidentField },
)

builder.relayMutationField(
  'withdrawAcknowledgement',
  { description: 'Of which incident.', inputFields: (t) => ({ incidentId: t.id(id) }) },
  {
    description:
      'Says that nobody is at it any more, whoever acknowledged it: the incident is open again, and goes on as where ' +
      'an acknowledgement ends by itself (`acknowledgementEndsAt`). Does nothing where nobody is at it. ' +
      'Errors: NOT_FOUND, CONFLICT if it is over, LIMIT_REACHED after 1,000 entries.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const incidentId = uuidOf('Incident', input.incidentId)
      await withdrawAcknowledgement(context.deps, principalOf(context), incidentId)
      return { incidentId }
    },
  },
  { description: 'The incident that nobody is at any more.', outputFields: incidentField },
)

builder.relayMutationField(
  'resolveIncident',
  { description: 'Which incident to resolve.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Ends an incident by hand and tells whoever was told of it; it stays so until the monitor fails anew. ' +
      'Errors: NOT_FOUND, CONFLICT if it is over already.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const incidentId = uuidOf('Incident', input.id)
      await resolveIncident(context.deps, principalOf(context), incidentId)
      return { incidentId }
    },
  },
  { description: 'The incident that was resolved.', outputFields: incidentField },
)

builder.relayMutationField(
  'commentIncident',
  {
    description: 'What to say about which incident.',
    inputFields: (t) => ({
      id: t.id(id),
      text: t.string({ required: true, description: '1–2,000 characters.' }),
    }),
  },
  {
    description:
      'Adds a comment to the timeline. Errors: NOT_FOUND, BAD_USER_INPUT, LIMIT_REACHED after 500 entries.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const incidentId = uuidOf('Incident', input.id)
      await commentIncident(context.deps, principalOf(context), { ...input, incidentId })
      return { incidentId }
    },
  },
  { description: 'The incident that was commented on.', outputFields: incidentField },
)
