import { builder, type InputFields } from '../../../../graphql/builder.ts'
import { uuidOf } from '../../../../graphql/ids.ts'
import type { ChannelInput } from '../../channel.ts'

const AlertWordingInput = builder.inputType('AlertWordingInput', {
  description:
    'Own words for alerts, with {{variables}}: monitor, target, type, state, since, until, lasted, regions, ' +
    'cause, by, lastGood, certificateExpires, screenshot.',
  fields: (t) => ({
    title: t.string({ description: 'Instead of the title or subject; at most 200 characters.' }),
    text: t.string({
      description:
        'Instead of the first sentence and the facts; that it is late, or that nobody has acknowledged it, ' +
        'still follows, as do the link and the picture. At most 2,000 characters.',
    }),
  }),
})

const EmailInput = builder.inputType('ChannelEmailInput', {
  description: 'A mailbox.',
  fields: (t) => ({
    contactId: t.id({
      required: true,
      description: 'Whose: alerts go there once the address is verified.',
    }),
  }),
})

const WebhookInput = builder.inputType('ChannelWebhookInput', {
  description: 'Signed requests, as Standard Webhooks has them.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'Where to, http or https.' }),
  }),
})

const SlackInput = builder.inputType('ChannelSlackInput', {
  description: 'An incoming webhook of Slack.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'Its address, `https://hooks.slack.com/services/…`. Never shown again.',
    }),
  }),
})

const TeamsInput = builder.inputType('ChannelTeamsInput', {
  description: 'A workflow of Microsoft Teams that receives webhook requests.',
  fields: (t) => ({
    url: t.string({ required: true, description: 'Its address. Never shown again.' }),
  }),
})

const DiscordInput = builder.inputType('ChannelDiscordInput', {
  description: 'A webhook of Discord.',
  fields: (t) => ({
    url: t.string({
      required: true,
      description: 'Its address, `https://discord.com/api/webhooks/…`. Never shown again.',
    }),
  }),
})

const TelegramInput = builder.inputType('ChannelTelegramInput', {
  description: 'A chat of Telegram in which a bot may write. On update, what is left out stays.',
  fields: (t) => ({
    token: t.string({ description: 'The token that BotFather gave. Never shown again.' }),
    chatId: t.string({ description: 'The number of the chat, or the @name of a channel.' }),
    threadId: t.int({ description: 'The number of a topic in it; null for none.' }),
  }),
})

const PagerDutyInput = builder.inputType('ChannelPagerDutyInput', {
  description: 'An integration of PagerDuty, Events API v2. On update, what is left out stays.',
  fields: (t) => ({
    routingKey: t.string({ description: 'The integration key. Never shown again.' }),
    region: t.string({ description: 'US or EU, where the account is; US by default.' }),
  }),
})

const NtfyInput = builder.inputType('ChannelNtfyInput', {
  description: 'A topic of ntfy. On update, what is left out stays.',
  fields: (t) => ({
    server: t.string({ description: 'The server; https://ntfy.sh/ by default.' }),
    topic: t.string({
      description: 'The name of the topic. Whoever knows it may read it: it is never shown again.',
    }),
    token: t.string({ description: 'An access token, `tk_…`; null for none.' }),
  }),
})

/** What channels of every kind have. */
export const plainFields = (t: InputFields) => ({
  contactId: t.id({ description: 'Whose it is: their quiet hours hold; null for nobody’s.' }),
  wording: t.field({
    type: AlertWordingInput,
    description: 'Own words; null for those of Pharos. On update, what is left out of them stays.',
  }),
  maxPerHour: t.int({
    description:
      'How many messages it takes an hour, 1–10,000: digests and the last word on deleted monitors count too, and ' +
      'wait until there is room, though all of a digest that is longer than a message is sent. Null: 60 alerts ' +
      'one by one, and a digest every five minutes. Webhooks and PagerDuty get every alert by itself, however many.',
  }),
})

/** One for each kind. */
export const blockFields = (t: InputFields) => ({
  email: t.field({ type: EmailInput, description: 'To a mailbox of a contact.' }),
  webhook: t.field({ type: WebhookInput, description: 'To a program of yours.' }),
  slack: t.field({ type: SlackInput, description: 'Into Slack.' }),
  teams: t.field({ type: TeamsInput, description: 'Into Microsoft Teams.' }),
  discord: t.field({ type: DiscordInput, description: 'Into Discord.' }),
  telegram: t.field({ type: TelegramInput, description: 'Into Telegram.' }),
  pagerduty: t.field({ type: PagerDutyInput, description: 'To PagerDuty.' }),
  ntfy: t.field({ type: NtfyInput, description: 'To ntfy.' }),
})

type WithContacts = {
  contactId?: string | null
  email?: { contactId: string } | null
}

/** The same with the ids of contacts as they are stored. */
export function contactsOf<Input extends WithContacts & Omit<ChannelInput, 'contactId' | 'email'>>(
  input: Input,
) {
  const { contactId, email } = input
  return {
    ...input,
    ...(contactId && { contactId: uuidOf('Contact', contactId) }),
    ...(email && { email: { contactId: uuidOf('Contact', email.contactId) } }),
  }
}
