import { builder } from '../../graphql/builder.ts'
import { MonitorKindType } from '../../monitors/graphql.ts'
import { isOnline } from '../probe.ts'

/** What its syncs tell of a probe. */
builder.prismaObjectFields('Probe', (t) => ({
  isOnline: t.boolean({
    select: { lastSeenAt: true, revokedAt: true },
    description: 'Whether it has synced within the last 3 minutes.',
    resolve: (probe, _args, { deps }) => isOnline(probe, deps.clock.now()),
  }),
  lastSeenAt: t.expose('lastSeenAt', {
    type: 'DateTime',
    nullable: true,
    description: 'When it last synced; null before the first time.',
  }),
  version: t.exposeString('version', {
    nullable: true,
    description: 'Of its program; null before its first sync.',
  }),
  capabilities: t.expose('capabilities', {
    type: [MonitorKindType],
    description: 'The kinds of check that it says it can run; empty before its first sync.',
  }),
  observedColo: t.exposeString('observedColo', {
    nullable: true,
    description: 'Where its platform says that it runs; null where there is no telling.',
  }),
  clockOffsetMs: t.exposeInt('clockOffsetMs', {
    nullable: true,
    description: 'By how much its clock is ahead of ours, the way of its sync included.',
  }),
  lagMs: t.exposeInt('lagMs', {
    nullable: true,
    description:
      'How long the oldest result of its last sync that brought any had waited; of several shards, of the slowest.',
  }),
  acceptedCount: t.float({
    select: { acceptedCount: true },
    description: 'How many of its results were taken so far: a whole number.',
    resolve: ({ acceptedCount }) => Number(acceptedCount),
  }),
  refusedCount: t.float({
    select: { refusedCount: true },
    description: 'How many were refused: a whole number.',
    resolve: ({ refusedCount }) => Number(refusedCount),
  }),
  unhealthySince: t.expose('unhealthySince', {
    type: 'DateTime',
    nullable: true,
    description:
      'Since when its own network is gone, as it or one of its shards says; null while it is well.',
  }),
}))
