import type { Vote } from '../../../core/vote.ts'
import { Check } from '../../checks/graphql.ts'
import { builder } from '../../graphql/builder.ts'
import { described } from '../../graphql/described.ts'
import { lastCheck, lastCheckColumns, type ShownVote, showVotes } from './shown-vote.ts'
import { storedTrack } from './vote.ts'

const read = { permission: 'MONITORS_READ' } as const

export const RegionViewType = builder.enumType('RegionView', {
  description: 'What a region believes of a monitor.',
  values: described<Vote>({
    PENDING: 'Nothing yet.',
    UP: 'It is up.',
    SLOW: 'It is up, and slower than the latency threshold.',
    DOWN: 'It is down.',
    UNKNOWN: 'The region has fallen silent, or could not look.',
  }),
})

const VoteType = builder.objectRef<ShownVote>('Vote').implement({
  description: "A region's confirmed view of a monitor.",
  authScopes: read,
  fields: (t) => ({
    region: t.exposeString('region', { description: 'Whose view it is.' }),
    vote: t.expose('vote', { type: RegionViewType, description: 'What the region believes.' }),
    since: t.expose('since', {
      type: 'DateTime',
      description: 'From when: the first of the checks that confirmed it.',
    }),
    reason: t.exposeString('reason', { description: 'By which checks, and which threshold.' }),
    ageSeconds: t.exposeInt('ageSeconds', {
      nullable: true,
      description: 'Since its last check that told something of the target; null before the first.',
    }),
    isFresh: t.exposeBoolean('isFresh', {
      description: 'Whether it counts: it is at most two intervals and a timeout old.',
    }),
    lastCheckedAt: t.expose('lastCheckedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the region last checked; null before the first check.',
    }),
    advisory: t.exposeString('advisory', {
      nullable: true,
      description: 'What fails from here although the monitor is not down; null if nothing does.',
    }),
  }),
})

builder.prismaObjectFields('Monitor', (t) => ({
  votes: t.field({
    type: [VoteType],
    description: 'What each region says.',
    select: {
      regions: true,
      quorum: true,
      failureThreshold: true,
      recoveryThreshold: true,
      latencyThresholdMs: true,
      slowThreshold: true,
      normalThreshold: true,
      intervalSeconds: true,
      timeoutMs: true,
      votes: { select: { ...lastCheckColumns, track: true } },
    },
    resolve: ({ votes, ...monitor }, _args, { deps }) => {
      const tracks = votes.map((vote) => ({ ...vote, track: storedTrack(vote) }))
      return showVotes({ ...monitor, votes: tracks }, deps.clock.now())
    },
  }),
  lastCheckedAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'When any region last checked; null before the first check.',
    select: { votes: { select: lastCheckColumns } },
    resolve: ({ votes }) => lastCheck(votes)?.checkedAt ?? null,
  }),
  lastCheck: t.field({
    type: Check,
    nullable: true,
    description: 'The last check of any region; null before the first.',
    select: { votes: { select: lastCheckColumns } },
    resolve: ({ votes }) => lastCheck(votes),
  }),
}))
