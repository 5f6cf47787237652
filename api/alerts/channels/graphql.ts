import type { AlertChannel } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { owned } from '../../graphql/ids.ts'
import type { Wording } from '../wording.ts'
import { readChannels } from './store.ts'

const read = { permission: 'WORKSPACE_READ' } as const

export const AlertChannelType = builder.enumType('AlertChannel', {
  description: 'How an alert travels.',
  values: described<AlertChannel>({
    EMAIL: 'By e-mail.',
    WEBHOOK: 'As a signed request to an address of yours.',
    SLACK: 'Into a channel of Slack.',
    TEAMS: 'Into a channel of Microsoft Teams.',
    DISCORD: 'Into a channel of Discord.',
    TELEGRAM: 'Into a chat of Telegram.',
    PAGERDUTY: 'As an event of PagerDuty.',
    NTFY: 'To a topic of ntfy.',
  }),
})

const WordingType = builder.objectRef<Wording>('AlertWording').implement({
  description: 'Own words for alerts, with {{variables}}.',
  authScopes: read,
  fields: (t) => ({
    title: t.exposeString('title', {
      nullable: true,
      description: 'Instead of the title or subject; null: as Pharos words it.',
    }),
    text: t.exposeString('text', {
      nullable: true,
      description:
        'Instead of the first sentence and the facts; the link and the picture stay. Null: as Pharos words it.',
    }),
  }),
})

type Setting = { name: string; value: string }

const ChannelSetting = builder.objectRef<Setting>('ChannelSetting').implement({
  description: 'One thing that was set for a channel.',
  authScopes: read,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name in the input.' }),
    value: t.exposeString('value', { description: 'What it was set to.' }),
  }),
})

export const Channel = builder.prismaNode('Channel', {
  description: 'A way to tell of incidents.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    kind: t.expose('kind', { type: AlertChannelType, description: 'How alerts travel over it.' }),
    recipient: t.string({
      select: { kind: true, label: true, contact: { select: { email: true } } },
      description: 'Where they go, as an alert names it.',
      resolve: ({ kind, label, contact }) => (kind === 'EMAIL' && contact?.email) || label,
    }),
    contact: t.relation('contact', {
      nullable: true,
      description: 'Whose it is: their quiet hours hold. Null: nobody’s in particular.',
    }),
    settings: t.field({
      type: [ChannelSetting],
      select: { settings: true },
      description: 'What was set, less what is secret: that is never shown again.',
      resolve: ({ settings }) => settingsOf(settings),
    }),
    wording: t.field({
      type: WordingType,
      nullable: true,
      select: { wording: true },
      description: 'Its own words; null: as Pharos words it.',
      // Parsed when it was saved.
      resolve: ({ wording }) => wording as Wording | null,
    }),
    maxPerHour: t.exposeInt('maxPerHour', {
      nullable: true,
      description:
        'How many messages it takes an hour, digests among them; what is more joins the next digest. Null: as Pharos has it.',
    }),
    disabledAt: t.expose('disabledAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when nothing goes over it; null while it works.',
    }),
    disabledReason: t.exposeString('disabledReason', {
      nullable: true,
      description: 'Why: what its receiver said.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
})

builder.queryField('channels', (t) =>
  t.prismaField({
    type: [Channel],
    description: 'The channels of the workspace, oldest first; at most 100.',
    authScopes: read,
    resolve: (query, _root, _args, context) =>
      readChannels(context.deps, workspaceOf(context), query),
  }),
)

function settingsOf(settings: unknown): Setting[] {
  const entries = Object.entries((settings ?? {}) as Record<string, unknown>)
  const known = entries.filter(([, value]) => value !== null)
  return known.map(([name, value]) => ({ name, value: String(value) }))
}
