import { z } from 'zod'
import { cut } from '../../../outbox/letter.ts'
import { nothing, serviceAddress } from '../address-rule.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { escapedWithin } from '../markup.ts'
import { signs, speak, type Speech } from '../speech.ts'

/** docs.slack.dev/reference/block-kit: header 150, section text 3,000, fields 10 of 2,000 each, 50 blocks. */
const MAX_HEADER_LENGTH = 150
const MAX_SECTION_LENGTH = 3_000
const MAX_FIELD_PAIRS = 5
const MAX_FIELD_LENGTH = 2_000
/** The text of a notification; Slack cuts at 40,000. */
const MAX_FALLBACK_LENGTH = 1_000
const DIGEST_BYTES = 30_000

type Text = { type: 'plain_text' | 'mrkdwn'; text: string; emoji?: boolean; verbatim?: boolean }

/** docs.slack.dev/messaging/sending-messages-using-incoming-webhooks: all that it answers when the webhook, its channel or its workspace is no more. */
const GONE_WORDS = [
  'no_service',
  'no_service_id',
  'no_active_hooks',
  'no_team',
  'team_disabled',
  'channel_not_found',
  'channel_is_archived',
  'invalid_token',
  'user_not_found',
]

/** An incoming webhook. What users wrote stands in plain_text, where neither markup nor mentions are read. */
export const slack: PostedKind<object, { url: string }> = {
  carrier: 'HTTP',
  rules: ({ slack: origin }) => ({
    settings: nothing,
    secrets: z.object({
      url: serviceAddress({
        isKnown: ({ host, pathname }) =>
          host === 'hooks.slack.com' && pathname.startsWith('/services/'),
        example: 'https://hooks.slack.com/services/T…/B…/…',
        origin,
      }),
    }),
  }),
  labelOf: (_settings, name) => `Slack (${name})`,
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const speech = speak(content, way)
    return jsonPost(way.secrets.url, { text: fallback(speech), blocks: blocks(speech) })
  },

  isGone: ({ body }) => GONE_WORDS.includes(body.trim()),
}

function fallback({ tone, title, lead }: Speech): string {
  return escapedWithin(`${signs[tone]} ${title}: ${lead}`, escape, MAX_FALLBACK_LENGTH)
}

// A picture is linked, not shown: Slack refuses a message whose picture it cannot fetch.
function blocks({ tone, title, lead, facts, lines, link, imageUrl }: Speech) {
  const links = [linkTo(link.url, link.label), imageUrl && linkTo(imageUrl, 'Screenshot')]
  return [
    { type: 'header', text: plain(`${signs[tone]} ${title}`, MAX_HEADER_LENGTH) },
    { type: 'section', text: plain(lead, MAX_SECTION_LENGTH) },
    ...chunks(facts, MAX_FIELD_PAIRS).map((some) => ({
      type: 'section',
      fields: some.flatMap(({ label, value }) => [
        { type: 'mrkdwn', text: `*${label}*`, verbatim: true } satisfies Text,
        plain(value, MAX_FIELD_LENGTH),
      ]),
    })),
    ...paragraphs(lines).map((text) => ({
      type: 'section',
      text: plain(text, MAX_SECTION_LENGTH),
    })),
    {
      type: 'context',
      elements: [{ type: 'mrkdwn', text: links.filter(Boolean).join(' · '), verbatim: true }],
    },
  ]
}

function plain(text: string, most: number): Text {
  return { type: 'plain_text', text: cut(text, most) || '-', emoji: false }
}

/** The lines, as many together as one section has room for. */
function paragraphs(lines: readonly string[]): string[] {
  const found: string[] = []
  for (const line of lines) {
    const last = found.at(-1)
    if (last !== undefined && last.length + 1 + line.length <= MAX_SECTION_LENGTH) {
      found[found.length - 1] = `${last}\n${line}`
    } else {
      found.push(line)
    }
  }
  return found
}

function linkTo(address: string, label: string): string {
  return `<${escape(new URL(address).href).replaceAll('|', '%7C')}|${label}>`
}

/** docs.slack.dev/messaging/formatting-message-text: these three, and no others. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
