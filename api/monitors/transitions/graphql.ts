import { builder } from '../../graphql/builder.ts'
import { readConnection } from '../../graphql/connection.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { encodeId } from '../../graphql/ids.ts'
import type { CastVote, ConsensusPolicy } from '../consensus.ts'
import { MonitorStatusType } from '../graphql.ts'
import { RegionViewType } from '../votes/graphql.ts'
import { countTransitions, listTransitions } from './store.ts'
import { formatPlace, parsePlace, type ShownTransition } from './transition.ts'

const read = { permission: 'MONITORS_READ' } as const

const CastVoteType = builder.objectRef<CastVote>('CastVote').implement({
  description: 'What one region said when a change of status was decided.',
  authScopes: read,
  fields: (t) => ({
    region: t.exposeString('region', { description: 'Whose vote it was.' }),
    vote: t.expose('vote', { type: RegionViewType, description: 'What the region believed.' }),
    since: t.expose('since', {
      type: 'DateTime',
      description: 'From when: the first of the checks that confirmed it.',
    }),
    at: t.expose('at', {
      type: 'DateTime',
      description: 'When it could be known: the last of the checks that confirmed it.',
    }),
    reason: t.exposeString('reason', { description: 'By which checks, and which threshold.' }),
    cause: t.exposeString('cause', {
      nullable: true,
      description: 'What went wrong, in words; null where nothing did.',
    }),
  }),
})

const ConsensusPolicyType = builder.objectRef<ConsensusPolicy>('ConsensusPolicy').implement({
  description:
    'How votes are counted. UP, SLOW and DOWN are fresh votes; where two or more regions are assigned, less than two of them ' +
    'tell nothing. DOWN takes `quorum` votes, or a strict majority of the fresh ones, and so does SLOW for DEGRADED. ' +
    'UNKNOWN is also what most fresh votes being DOWN comes to where the quorum is out of reach.',
  authScopes: read,
  fields: (t) => ({
    regionsAssigned: t.exposeInt('regionsAssigned', {
      description: 'How many regions checked the monitor.',
    }),
    quorum: t.exposeInt('quorum', {
      nullable: true,
      description: 'How many had to find it down; null for a strict majority.',
    }),
  }),
})

const Transition = builder.objectRef<ShownTransition>('Transition').implement({
  description:
    'A change of status, with all that decided it. Whoever counts its `votes` again by its `policy` comes to the same ' +
    'status. Only what a person decides follows from no votes: PAUSED has none.',
  authScopes: read,
  fields: (t) => ({
    id: t.id({
      description: 'Opaque and unique across all types.',
      resolve: ({ id }) => encodeId('Transition', id),
    }),
    from: t.expose('from', { type: MonitorStatusType, description: 'The status before it.' }),
    to: t.expose('to', {
      type: MonitorStatusType,
      description: 'The status from then on: what `votes` say under `policy`.',
    }),
    at: t.expose('at', {
      type: 'DateTime',
      description: 'From when the status holds: the first of the checks that confirmed it.',
    }),
    decidedAt: t.expose('decidedAt', {
      type: 'DateTime',
      description: 'When it could be known: the last of the checks that confirmed it.',
    }),
    reason: t.exposeString('reason', { description: 'Why, in words.' }),
    cause: t.exposeString('cause', {
      nullable: true,
      description: 'What went wrong, in words; null where nothing did.',
    }),
    votes: t.expose('votes', {
      type: [CastVoteType],
      description:
        'What each region said at that moment: with `policy`, all that `to` follows from.',
    }),
    policy: t.expose('policy', {
      type: ConsensusPolicyType,
      description: 'How the votes were counted: the policy in force at that moment.',
    }),
    supersededAt: t.expose('supersededAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When results that came late told another story from here on; null while it stands. It is kept, and counts nowhere.',
    }),
  }),
})

builder.prismaObjectField('Monitor', 'transitions', (t) =>
  t.connection(
    {
      type: Transition,
      description:
        'Every change of its status, newest first, each with the votes, the policy and the reason that decided it. Those that late results took back are among them.',
      authScopes: read,
      select: { id: true },
      resolve: ({ id: monitorId }, args, context) => {
        const of = { workspaceId: workspaceOf(context), monitorId }
        return readConnection(args, {
          of,
          parse: parsePlace,
          read: (page) => listTransitions(context.deps, of, page),
          format: formatPlace,
        })
      },
    },
    {
      name: 'TransitionConnection',
      fields: (connection) => ({
        totalCount: connection.int({
          description: 'How many there are, superseded ones included.',
          resolve: ({ of }, _args, { deps }) => countTransitions(deps, of),
        }),
      }),
    },
    { name: 'TransitionEdge' },
  ),
)
