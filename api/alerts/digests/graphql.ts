import { builder } from '../../graphql/builder.ts'
import { DeliveryStatusType } from '../graphql.ts'

const read = { permission: 'INCIDENTS_READ' } as const

const Digest = builder.prismaObject('Digest', {
  description:
    'One message that tells several alerts: they came too fast, or tell that monitors were deleted.',
  authScopes: read,
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Unique in the workspace.' }),
    status: t.expose('status', {
      type: DeliveryStatusType,
      description: 'How far it has come; its alerts with it.',
    }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried to send it.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt did not succeed; null if it did.',
    }),
    alertCount: t.int({
      select: { _count: { select: { alerts: true, farewells: true } } },
      description: 'How many alerts it tells, the last words on deleted monitors among them.',
      resolve: ({ _count }) => _count.alerts + _count.farewells,
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When it was opened, for the first of what it tells.',
    }),
    dueAt: t.field({
      type: 'DateTime',
      nullable: true,
      select: { status: true, nextAttemptAt: true },
      description: 'When it goes out, or is tried again; null once that is over.',
      resolve: ({ status, nextAttemptAt }) => (status === 'PENDING' ? nextAttemptAt : null),
    }),
    sentAt: t.expose('sentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the receiver accepted it.',
    }),
  }),
})

builder.prismaObjectField('Alert', 'digest', (t) =>
  t.relation('digest', {
    type: Digest,
    nullable: true,
    description: 'The message that tells it together with others; null: it is told by itself.',
  }),
)
