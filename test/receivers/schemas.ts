import { z } from 'zod'

/**
 * What each service takes, written down from its documentation: nothing else, nothing longer. Of those that can be
 * read by a machine (Adaptive Cards 1.4, PagerDuty's OpenAPI) none is on a registry, and both let more pass: fields
 * that nobody knows, and any length.
 */

const text = (most: number) => z.string().min(1).max(most)

/** docs.slack.dev/reference/block-kit */
const slackPlain = (most: number) =>
  z.strictObject({
    type: z.literal('plain_text'),
    text: text(most),
    emoji: z.boolean().optional(),
  })
const slackMarkdown = (most: number) =>
  z.strictObject({
    type: z.literal('mrkdwn'),
    text: text(most),
    verbatim: z.boolean().optional(),
  })
const slackText = (most: number) => z.union([slackPlain(most), slackMarkdown(most)])
const slackBlock = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), text: slackPlain(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      text: slackText(3_000).optional(),
      fields: z.array(slackText(2_000)).min(1).max(10).optional(),
    })
    .refine((block) => block.text ?? block.fields),
  z.strictObject({
    type: z.literal('context'),
    elements: z.array(slackText(3_000)).min(1).max(10),
  }),
])
export const slackMessage = z.strictObject({
  text: text(40_000),
  blocks: z.array(slackBlock).min(1).max(50),
})

/** adaptivecards.io/explorer, version 1.4; the size of a message: learn.microsoft.com/connectors/teams */
const MAX_TEAMS_BYTES = 28 * 1_024
const colors = ['Default', 'Dark', 'Light', 'Accent', 'Good', 'Warning', 'Attention']
const textRun = z.strictObject({
  type: z.literal('TextRun'),
  text: text(28_000),
  weight: z.enum(['Default', 'Lighter', 'Bolder']).optional(),
  size: z.enum(['Default', 'Small', 'Medium', 'Large', 'ExtraLarge']).optional(),
  color: z.enum(colors).optional(),
})
const cardElement = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('RichTextBlock'),
    spacing: z.enum(['Default', 'None', 'Small', 'Medium', 'Large', 'ExtraLarge', 'Padding']),
    inlines: z.array(textRun).min(1),
  }),
  z.strictObject({
    type: z.literal('Image'),
    url: z.url({ protocol: /^https$/ }),
    altText: text(500),
  }),
])
const card = z.strictObject({
  type: z.literal('AdaptiveCard'),
  $schema: z.literal('http://adaptivecards.io/schemas/adaptive-card.json'),
  version: z.enum(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']),
  fallbackText: text(28_000),
  msteams: z.strictObject({ width: z.literal('Full') }),
  body: z.array(cardElement).min(1),
  actions: z
    .array(z.strictObject({ type: z.literal('Action.OpenUrl'), title: text(100), url: z.url() }))
    .max(6),
})
export const teamsMessage = z
  .strictObject({
    type: z.literal('message'),
    attachments: z
      .array(
        z.strictObject({
          contentType: z.literal('application/vnd.microsoft.card.adaptive'),
          contentUrl: z.null(),
          content: card,
        }),
      )
      .length(1),
  })
  .refine((message) => Buffer.byteLength(JSON.stringify(message)) <= MAX_TEAMS_BYTES, 'too large')

/** discord.com/developers/docs/resources/message#embed-limits */
const MAX_EMBED_LENGTH = 6_000
const embed = z
  .strictObject({
    title: text(256),
    description: text(4_096),
    color: z.int().min(0).max(0xffffff),
    timestamp: z.iso.datetime(),
    fields: z.array(z.strictObject({ name: text(256), value: text(1_024) })).max(25),
    image: z.strictObject({ url: z.url({ protocol: /^https?$/ }) }).optional(),
  })
  .refine(({ title, description, fields }) => {
    const all = [title, description, ...fields.flatMap(({ name, value }) => [name, value])]
    return all.join('').length <= MAX_EMBED_LENGTH
  }, 'more than 6,000 characters')
export const discordMessage = z.strictObject({
  embeds: z.array(embed).min(1).max(10),
  allowed_mentions: z.strictObject({ parse: z.array(z.never()) }),
})

/** core.telegram.org/bots/api#sendmessage */
const MAX_TELEGRAM_LENGTH = 4_096
export const telegramMessage = z.strictObject({
  chat_id: z.string().regex(/^(-?\d+|@\w+)$/),
  message_thread_id: z.int().optional(),
  text: z.string().refine((html) => {
    const shown = shownByTelegram(html)
    return shown !== null && shown.length >= 1 && shown.length <= MAX_TELEGRAM_LENGTH
  }),
  parse_mode: z.literal('HTML'),
  link_preview_options: z.strictObject({ is_disabled: z.boolean() }),
})

/** core.telegram.org/bots/api#html-style: the text that is left of it; null where Telegram could not read it. */
export function shownByTelegram(html: string): string | null {
  const open: string[] = []
  let isRight = true
  const shown = html.replace(
    /<(\/?)(\w+)([^<>]*)>/g,
    (_, slash: string, tag: string, rest: string) => {
      // No code within anything else, nor anything within code.
      const isNested = open.includes('code') || (tag === 'code' && open.length > 0)
      if (slash) isRight &&= open.pop() === tag && rest === ''
      else isRight &&= isOpening(tag, rest) && !isNested
      if (!slash) open.push(tag)
      return ''
    },
  )
  const isPlain = !/[<>]|&(?!(lt|gt|amp|quot);)/.test(shown)
  if (!isRight || !isPlain || open.length > 0) return null
  const characters = { lt: '<', gt: '>', amp: '&', quot: '"' }
  return shown.replace(/&(\w+);/g, (_, name: keyof typeof characters) => characters[name])
}

function isOpening(tag: string, rest: string): boolean {
  return tag === 'a' ? /^ href="[^"]+"$/.test(rest) : ['b', 'code'].includes(tag) && rest === ''
}

/** github.com/PagerDuty/api-schema, reference/events-v2/openapiv3.json; lengths: developer.pagerduty.com/docs/events-api-v2 */
export const pagerdutyEvent = z.strictObject({
  routing_key: z.string().length(32),
  event_action: z.enum(['trigger', 'acknowledge', 'resolve']),
  dedup_key: text(255),
  client: text(255),
  client_url: z.url(),
  links: z.array(z.strictObject({ href: z.url(), text: text(255) })),
  images: z
    .array(z.strictObject({ src: z.url({ protocol: /^https$/ }), alt: text(255) }))
    .optional(),
  payload: z.strictObject({
    summary: text(1_024),
    source: text(255),
    severity: z.enum(['critical', 'warning', 'error', 'info']),
    timestamp: z.iso.datetime(),
    component: z.string().max(255).optional(),
    class: z.string().optional(),
    custom_details: z.record(z.string(), z.string()),
  }),
})

/** docs.ntfy.sh/publish/#publish-as-json and #limitations */
const MAX_NTFY_BYTES = 4_096
export const ntfyMessage = z.strictObject({
  topic: z.string().regex(/^[-_A-Za-z0-9]{1,64}$/),
  title: text(250),
  message: z.string().refine((message) => Buffer.byteLength(message) <= MAX_NTFY_BYTES),
  priority: z.int().min(1).max(5),
  tags: z.array(z.string().regex(/^\w+$/)),
  click: z.url(),
  attach: z.url({ protocol: /^https?$/ }).optional(),
})
