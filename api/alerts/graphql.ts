import type { AlertType, DeliveryStatus, WithheldReason } from '../../generated/prisma/enums.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { owned } from '../graphql/ids.ts'
import { notFound } from '../refusal.ts'
import { AlertChannelType, Channel } from './channels/graphql.ts'
import { readChannelsById } from './channels/store.ts'
import { filterOf } from './filter.ts'
import { type AlertQuery, countAlerts, readAlert, readAlerts } from './store.ts'

const read = { permission: 'INCIDENTS_READ' } as const

const AlertTypeType = builder.enumType('AlertType', {
  description: 'What an alert tells.',
  values: described<AlertType>({
    DOWN: 'A monitor is down.',
    UP: 'It is up again.',
    SLOW: 'It answers too slowly.',
    NORMAL: 'It is as fast as usual again.',
    CERTIFICATE_EXPIRY: 'Its certificate expires soon.',
    CERTIFICATE_RENEWED: 'Its certificate was renewed.',
    ACKNOWLEDGED:
      'Somebody is at it. Told over channels that heard the beginning, and not by mail.',
    REOPENED:
      'Nobody is at it any more: the acknowledgement has ended, or was withdrawn. Told as ACKNOWLEDGED is, but not to ' +
      'whom escalation calls in that moment: DOWN tells them so.',
    RESOLVED:
      'It is over without having recovered: resolved by hand, or its monitor is paused or deleted.',
  }),
})

export const DeliveryStatusType = builder.enumType('DeliveryStatus', {
  description: 'How far a delivery has come.',
  values: described<DeliveryStatus>({
    PENDING: 'To be sent, or sent again.',
    SENT: 'The receiver has accepted it.',
    FAILED: 'Given up; `error` says why.',
    WITHHELD: 'Kept back; `withheldReason` says why.',
  }),
})

const WithheldReasonType = builder.enumType('WithheldReason', {
  description: 'Why an alert is kept back.',
  values: described<WithheldReason>({
    MAINTENANCE: 'Its monitor was being worked on.',
    DEPENDENCY: 'A monitor that its monitor depends on was down.',
    PARENT_CHECK: 'What its monitor depends on was being checked: it might be down too.',
    QUIET_HOURS: 'Its contact had quiet hours.',
    NOT_TOLD: 'It tells what became of something that was never told there.',
    OVER: 'What it tells was over before it could go out.',
  }),
})

export const Alert = builder.prismaNode('Alert', {
  description: 'One recipient to be told of one turn of one incident over one channel.',
  authScopes: read,
  id: { field: 'id' },
  select: { id: true, channelId: true },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    incident: t.relation('incident', { description: 'The incident it tells of.' }),
    type: t.expose('type', { type: AlertTypeType, description: 'What it tells.' }),
    daysLeft: t.exposeInt('daysLeft', {
      nullable: true,
      description:
        'For a certificate: the stage of 30, 14, 7, 3 or 1 days that it tells of, or the whole days that the new one has.',
    }),
    channel: t.expose('channel', { type: AlertChannelType, description: 'How it travels.' }),
    recipient: t.exposeString('recipient', {
      description: 'Where it goes, as it was decided when the alert was made.',
    }),
    status: t.expose('status', { type: DeliveryStatusType, description: 'How far it has come.' }),
    attempts: t.exposeInt('attempts', { description: 'How often it was tried to send it.' }),
    error: t.exposeString('error', {
      nullable: true,
      description: 'Why the last attempt did not succeed; null if it did.',
    }),
    via: t.loadable({
      type: Channel,
      nullable: true,
      description: 'The channel of the workspace; null for a mailbox, and once it is deleted.',
      load: (ids: string[], context) => readChannelsById(context.deps, workspaceOf(context), ids),
      resolve: ({ channelId }) => channelId,
    }),
    round: t.exposeInt('round', {
      description:
        'Which telling of the same news it is: 0 for the first, one more with every step of escalation, and of an end ' +
        'where it follows a beginning that came late.',
    }),
    withheldReason: t.expose('withheldReason', {
      type: WithheldReasonType,
      nullable: true,
      description: 'Why it is kept back, or was until it went out; null if it never was.',
    }),
    reviewAt: t.expose('reviewAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it is looked at again whether it may go out, within a minute at most; null for never.',
    }),
    releasedAt: t.expose('releasedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was let go; null while it is kept back, and if it never was.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was decided.' }),
    sentAt: t.expose('sentAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the receiver accepted it.',
    }),
  }),
})

const AlertFilterInput = builder.inputType('AlertFilter', {
  description: 'Which alerts to list; what is left out does not matter.',
  fields: (t) => ({
    status: t.field({ type: [DeliveryStatusType], description: 'In one of these states.' }),
    type: t.field({ type: [AlertTypeType], description: 'Of one of these types.' }),
    withheldReason: t.field({
      type: [WithheldReasonType],
      description: 'Kept back, now or once, for one of these reasons.',
    }),
    channelId: t.id({ description: 'Over this channel.' }),
    contactId: t.id({ description: 'Over a channel of this contact.' }),
    from: t.field({ type: 'DateTime', description: 'Decided at this instant or later.' }),
    to: t.field({ type: 'DateTime', description: 'Decided before this instant.' }),
    monitorId: t.id({ description: 'Of this monitor.' }),
    incidentId: t.id({ description: 'Of this incident.' }),
  }),
})

builder.queryFields((t) => ({
  alerts: t.prismaConnection(
    {
      type: Alert,
      cursor: 'id',
      description: 'The alerts of the workspace, newest first.',
      authScopes: read,
      args: { filter: t.arg({ type: AlertFilterInput, description: 'Which of them.' }) },
      totalCount: (_root, { filter }, context) =>
        countAlerts(context.deps, workspaceOf(context), filterOf(filter)),
      resolve: (query, _root, { filter }, context) =>
        readAlerts(context.deps, workspaceOf(context), filterOf(filter), query),
    },
    { name: 'AlertConnection' },
    { name: 'AlertEdge' },
  ),
}))

builder.prismaObjectField('Incident', 'alerts', (t) =>
  t.relation('alerts', {
    description: 'Who was told of it or is about to be, in that order.',
    query: { orderBy: { position: 'asc' } },
  }),
)

/** The workspace's alert with this id; refused where there is none. */
export async function alertOf(context: Context, id: string, query: AlertQuery) {
  const alert = await readAlert(context.deps, owned(id, context), query)
  if (!alert) throw notFound()
  return alert
}
