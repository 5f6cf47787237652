import { builder } from '../../graphql/builder.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { owned } from '../../graphql/ids.ts'
import { Channel } from '../channels/graphql.ts'
import { readChannelsById } from '../channels/store.ts'
import type { EscalationStep } from './policy.ts'
import { readPolicies } from './store.ts'

const read = { permission: 'WORKSPACE_READ' } as const

const EscalationStepType = builder.objectRef<EscalationStep>('EscalationStep').implement({
  description: 'Whom to tell next while nobody acknowledges.',
  authScopes: read,
  fields: (t) => ({
    afterMinutes: t.exposeInt('afterMinutes', {
      description:
        'How long after the step before; of the first, after the alerts of the incident went out, or where the ' +
        'steps begin again after the last of them.',
    }),
    channels: t.loadable({
      type: [Channel],
      nullable: { list: false, items: true },
      description: 'Over which channels; null for one that was deleted.',
      load: (ids: string[], context) => readChannelsById(context.deps, workspaceOf(context), ids),
      resolve: ({ channelIds }) => channelIds,
    }),
  }),
})

export const EscalationPolicy = builder.prismaNode('EscalationPolicy', {
  description: 'Who is told while nobody acknowledges that a monitor is down.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    steps: t.field({
      type: [EscalationStepType],
      select: { steps: true },
      description: 'In their order.',
      // Parsed when it was saved.
      resolve: ({ steps }) => steps as EscalationStep[],
    }),
    repeats: t.exposeInt('repeats', { description: 'How often all steps begin again.' }),
    acknowledgementMinutes: t.exposeInt('acknowledgementMinutes', {
      nullable: true,
      description:
        'How long an acknowledgement holds before the steps begin anew; null: until the incident is over.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

builder.queryField('escalationPolicies', (t) =>
  t.prismaField({
    type: [EscalationPolicy],
    description: 'The escalation policies of the workspace, oldest first; at most 50.',
    authScopes: read,
    resolve: (query, _root, _args, context) =>
      readPolicies(context.deps, workspaceOf(context), query),
  }),
)

builder.prismaObjectField('Monitor', 'escalationPolicy', (t) =>
  t.relation('escalationPolicy', {
    type: EscalationPolicy,
    nullable: true,
    description: 'Who else is told while nobody acknowledges that it is down; null: nobody.',
  }),
)

builder.prismaObjectFields('Incident', (t) => ({
  escalatesAt: t.field({
    type: 'DateTime',
    nullable: true,
    select: { status: true, escalation: { select: { dueAt: true } } },
    description:
      'When others are told unless somebody acknowledges, at the earliest: while its alerts are withheld nobody ' +
      'is. Null: no more are.',
    resolve: ({ status, escalation }) => (status === 'OPEN' && escalation?.dueAt) || null,
  }),
  acknowledgementEndsAt: t.field({
    type: 'DateTime',
    nullable: true,
    select: { status: true, acknowledgementEndsAt: true },
    description: 'When it opens again unless it is over by then; null: it does not.',
    resolve: ({ status, acknowledgementEndsAt }) =>
      status === 'ACKNOWLEDGED' ? acknowledgementEndsAt : null,
  }),
}))
