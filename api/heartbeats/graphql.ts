import type { HeartbeatPing, HeartbeatPingKind } from '../../generated/prisma/client.ts'
import { may } from '../accounts/principal.ts'
import { builder } from '../graphql/builder.ts'
import { principalOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { uuidOf } from '../graphql/ids.ts'
import { DEFAULT_PAGE_SIZE } from '../graphql/limits.ts'
import { Monitor, monitorOf } from '../monitors/graphql.ts'
import { MonitorHeartbeat } from '../monitors/kinds/heartbeat/graphql.ts'
import { rotateToken } from './deeds.ts'
import { loadPings } from './reading.ts'
import { tokenOf } from './token.ts'

const read = { permission: 'MONITORS_READ' } as const

const EVERY_KIND: HeartbeatPingKind[] = ['START', 'SUCCESS', 'FAIL', 'LOG']
const ENDS: HeartbeatPingKind[] = ['SUCCESS', 'FAIL']

const HeartbeatPingKindType = builder.enumType('HeartbeatPingKind', {
  description: 'What a job says by calling.',
  values: described<HeartbeatPingKind>({
    START: 'A run begins.',
    SUCCESS: 'A run ended well.',
    FAIL: 'A run failed.',
    LOG: 'Some words, which decide nothing.',
  }),
})

const HeartbeatPingType = builder.objectRef<HeartbeatPing>('HeartbeatPing').implement({
  description: 'A call of a job.',
  authScopes: read,
  fields: (t) => ({
    kind: t.expose('kind', { type: HeartbeatPingKindType, description: 'What it says.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it came.' }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: 'The exit code of the run; null where it gave none.',
    }),
    runMs: t.exposeInt('runMs', {
      nullable: true,
      description: 'How long the run took; null where no start was told, and for what ends no run.',
    }),
    body: t.exposeString('body', {
      nullable: true,
      description: 'What was sent with it, up to 10 KB.',
    }),
    remoteAddress: t.exposeString('remoteAddress', {
      nullable: true,
      description: 'From where it came; null where that cannot be known.',
    }),
  }),
})

builder.objectFields(MonitorHeartbeat, (t) => {
  const first = t.arg.int({ defaultValue: DEFAULT_PAGE_SIZE, description: 'At most how many.' })
  const newest = (kinds: HeartbeatPingKind[], description: string) =>
    t.field({
      type: [HeartbeatPingType],
      description,
      args: { first },
      resolve: ({ state: { monitorId } }, args, context) =>
        loadPings(context, { monitorId, kinds, most: args.first ?? DEFAULT_PAGE_SIZE }),
    })
  return {
    url: t.string({
      nullable: true,
      description:
        'Where the job calls, by GET or POST: as it is for a success, with /start, /fail, /log or an exit code behind it. ' +
        'Null for callers who may not change the monitor.',
      resolve: ({ state }, _args, { deps, ...context }) =>
        may(context.principal, 'MONITORS_WRITE')
          ? `${deps.environment.publicUrl}/heartbeat/${tokenOf(deps.keyring, state)}`
          : null,
    }),
    expectedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The run that is due next; null before the first call and while paused.',
      resolve: ({ state }) => state.expectedAt,
    }),
    dueAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When that run counts as missed.',
      resolve: ({ state }) => state.dueAt,
    }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when a run is under way; null where none is, or it did not tell.',
      resolve: ({ state }) => state.startedAt,
    }),
    lastPingAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the job last called; null before the first time.',
      resolve: ({ state }) => state.lastPingAt,
    }),
    runs: newest(ENDS, 'The calls that ended a run, newest first.'),
    pings: newest(EVERY_KIND, 'All calls, newest first; the last 500 are kept.'),
  }
})

builder.relayMutationField(
  'rotateHeartbeatToken',
  {
    description: 'Which monitor of kind HEARTBEAT.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the monitor.' }),
    }),
  },
  {
    description:
      'Makes another address for the job to call; the former one is unknown at once. Errors: NOT_FOUND.',
    authScopes: { permission: 'MONITORS_WRITE' },
    resolve: async (_root, { input }, context) => {
      const monitorId = uuidOf('Monitor', input.id)
      await rotateToken(context.deps, principalOf(context), monitorId)
      return { monitorId }
    },
  },
  {
    description: 'The monitor with its new address.',
    outputFields: (t) => ({
      monitor: t.prismaField({
        type: Monitor,
        description: 'The monitor as it is now.',
        resolve: (query, { monitorId }, _args, context) => monitorOf(context, monitorId, query),
      }),
    }),
  },
)
