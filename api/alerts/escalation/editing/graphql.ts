import { builder, type InputFields, type PayloadFields } from '../../../graphql/builder.ts'
import { principalOf } from '../../../graphql/context.ts'
import { encodeId, owned, uuidOf } from '../../../graphql/ids.ts'
import { Monitor, monitorOf } from '../../../monitors/graphql.ts'
import {
  createEscalationPolicy,
  deleteEscalationPolicy,
  setEscalationPolicy,
  updateEscalationPolicy,
} from '../deeds.ts'
import { EscalationPolicy } from '../graphql.ts'
import { readPolicy } from '../store.ts'

const administer = { permission: 'WORKSPACE_ADMIN' } as const

const EscalationStepInput = builder.inputType('EscalationStepInput', {
  description: 'Whom to tell, and when.',
  fields: (t) => ({
    afterMinutes: t.int({
      required: true,
      description:
        'How long after the step before; of the first, after its alerts went out, or where the steps begin again ' +
        'after the last of them. 0–1,440.',
    }),
    channelIds: t.idList({ required: true, description: 'Over which channels, each once; 1–20.' }),
  }),
})

const policyFields = (t: InputFields, isNew: boolean) => ({
  name: t.string({ required: isNew, description: '1–100 characters.' }),
  steps: t.field({ type: [EscalationStepInput], required: isNew, description: '1–10, in order.' }),
  repeats: t.int({
    description: 'How often all steps begin again, 0–10; 0 by default, and where no step waits.',
  }),
  acknowledgementMinutes: t.int({
    description: 'How long an acknowledgement holds, 1–10,080; null, by default: to the end.',
  }),
})

const id = { required: true, description: 'The id of the policy.' } as const

const policyField = (t: PayloadFields<{ policyId: string }>) => ({
  escalationPolicy: t.prismaField({
    type: EscalationPolicy,
    description: 'The policy as it is now.',
    resolve: (query, { policyId }, _args, context) =>
      readPolicy(context.deps, owned(policyId, context), query),
  }),
})

builder.relayMutationField(
  'createEscalationPolicy',
  { description: 'Whom to tell, and when.', inputFields: (t) => policyFields(t, true) },
  {
    description: 'Makes an escalation policy. Errors: NOT_FOUND, BAD_USER_INPUT, LIMIT_REACHED.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const policy = withChannels(input)
      return { policyId: await createEscalationPolicy(context.deps, principalOf(context), policy) }
    },
  },
  { description: 'The new policy.', outputFields: policyField },
)

builder.relayMutationField(
  'updateEscalationPolicy',
  {
    description: 'What to change; what is left out stays.',
    inputFields: (t) => ({ id: t.id(id), ...policyFields(t, false) }),
  },
  {
    description:
      'Changes an escalation policy; incidents that are open go on by the one they opened with. ' +
      'Errors: NOT_FOUND, BAD_USER_INPUT.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const policyId = uuidOf('EscalationPolicy', input.id)
      const policy = { ...withChannels(input), id: policyId }
      await updateEscalationPolicy(context.deps, principalOf(context), policy)
      return { policyId }
    },
  },
  { description: 'The policy that was changed.', outputFields: policyField },
)

builder.relayMutationField(
  'deleteEscalationPolicy',
  { description: 'Which policy to delete.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Deletes an escalation policy: its monitors have none any more; incidents that are open go on by it. ' +
      'Errors: NOT_FOUND.',
    authScopes: administer,
    resolve: async (_root, { input }, context) => {
      const policyId = uuidOf('EscalationPolicy', input.id)
      await deleteEscalationPolicy(context.deps, principalOf(context), policyId)
      return { policyId }
    },
  },
  {
    description: 'It is gone.',
    outputFields: (t) => ({
      deletedEscalationPolicyId: t.id({
        description: 'The id it had.',
        resolve: ({ policyId }) => encodeId('EscalationPolicy', policyId),
      }),
    }),
  },
)

builder.relayMutationField(
  'setEscalationPolicy',
  {
    description: 'Of which monitor by which policy.',
    inputFields: (t) => ({
      monitorId: t.id({ required: true, description: 'The id of the monitor.' }),
      policyId: t.id({ description: 'The id of the policy; null: by none.' }),
    }),
  },
  {
    description: 'Has a monitor’s incidents escalated, from the next one on. Errors: NOT_FOUND.',
    authScopes: { permission: 'MONITORS_WRITE' },
    resolve: async (_root, { input }, context) => {
      const monitorId = uuidOf('Monitor', input.monitorId)
      const policyId = input.policyId ? uuidOf('EscalationPolicy', input.policyId) : null
      await setEscalationPolicy(context.deps, principalOf(context), { monitorId, policyId })
      return { monitorId }
    },
  },
  {
    description: 'The policy is set.',
    outputFields: (t) => ({
      monitor: t.prismaField({
        type: Monitor,
        description: 'The monitor as it is now.',
        resolve: (query, { monitorId }, _args, context) => monitorOf(context, monitorId, query),
      }),
    }),
  },
)

type GivenSteps = { steps?: { afterMinutes: number; channelIds: (string | number)[] }[] | null }

/** The channels by the ids under which they are kept. */
function withChannels<Input extends GivenSteps>({ steps, ...input }: Input) {
  const known = steps?.map(({ afterMinutes, channelIds }) => ({
    afterMinutes,
    channelIds: channelIds.map((channelId) => uuidOf('Channel', String(channelId))),
  }))
  return { ...input, ...(known && { steps: known }) }
}
