import type { DeliveryOutcome } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { countAttempts, readAttempts } from './store.ts'

const read = { permission: 'INCIDENTS_READ' } as const

const DeliveryOutcomeType = builder.enumType('DeliveryOutcome', {
  description: 'What came of an attempt to send something.',
  values: described<DeliveryOutcome>({
    ACCEPTED: 'The receiver took it.',
    RETRY: 'Not now. It is tried again, unless it was a trial or the last attempt.',
    PERMANENT: 'It will never be taken, or must not be sent there.',
    GONE: 'The receiver is not there any more.',
  }),
})

export const DeliveryAttempt = builder.prismaObject('DeliveryAttempt', {
  description: 'One attempt to send something, and what came back. Kept for 30 days.',
  authScopes: read,
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When it was made.' }),
    durationMs: t.exposeInt('durationMs', { description: 'How long it took.' }),
    outcome: t.expose('outcome', {
      type: DeliveryOutcomeType,
      description: 'What came of it.',
    }),
    why: t.exposeString('why', {
      nullable: true,
      description: 'Why it was not accepted; null if it was.',
    }),
    request: t.exposeString('request', {
      nullable: true,
      description: 'What was sent, less what is secret, at most 16 KB; null if nothing was.',
    }),
    responseStatus: t.exposeInt('responseStatus', {
      nullable: true,
      description: 'The HTTP status of the answer; null without one.',
    }),
    response: t.exposeString('response', {
      nullable: true,
      description: 'What was answered, at most 4 KB; null without an answer.',
    }),
    alert: t.relation('alert', {
      nullable: true,
      description:
        'The alert that it was to tell; null for a digest, for a trial, and for word of a monitor that is deleted.',
    }),
  }),
})

/** One type for the lists of channels and of alerts. */
const DeliveryAttemptConnection = builder.connectionObject(
  {
    type: DeliveryAttempt,
    name: 'DeliveryAttemptConnection',
    fields: (t) => ({
      totalCount: t.int({ extensions: { pothosPrismaTotalCount: true }, resolve: countOf }),
    }),
  },
  { name: 'DeliveryAttemptEdge' },
)

builder.prismaObjectField('Channel', 'deliveries', (t) =>
  t.prismaConnection(
    {
      type: DeliveryAttempt,
      cursor: 'id',
      description: 'What was tried to be sent over it, newest first.',
      authScopes: read,
      totalCount: ({ id }, _args, context) =>
        countAttempts(context.deps, workspaceOf(context), { channelId: id }),
      resolve: (query, { id }, _args, context) =>
        readAttempts(context.deps, workspaceOf(context), { channelId: id }, query),
    },
    DeliveryAttemptConnection,
  ),
)

builder.prismaObjectField('Alert', 'deliveries', (t) =>
  t.prismaConnection(
    {
      type: DeliveryAttempt,
      cursor: 'id',
      description: 'The attempts to send it, newest first; of a digest, that of the digest.',
      authScopes: read,
      totalCount: ({ id }, _args, context) =>
        countAttempts(context.deps, workspaceOf(context), { alertId: id }),
      resolve: (query, { id }, _args, context) =>
        readAttempts(context.deps, workspaceOf(context), { alertId: id }, query),
    },
    DeliveryAttemptConnection,
  ),
)

// As in api/incidents/graphql.ts: Pothos' types do not say that a page has this function.
function countOf(page: object): Promise<number> {
  return (page as { totalCount: () => Promise<number> }).totalCount()
}
