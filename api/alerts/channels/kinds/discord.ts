import { z } from 'zod'
import { nothing, serviceAddress } from '../address-rule.ts'
import { said } from '../answer.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { aroundAddresses, escapedWithin, isFetchable } from '../markup.ts'
import { signs, speak, type Speech, type Tone } from '../speech.ts'

const HOSTS = /^((ptb|canary)\.)?discord(app)?\.com$/
const PATH = /^\/api(\/v\d+)?\/webhooks\/\d+\/[\w-]+$/
/** discord.com/developers/docs/resources/message#embed-limits; 6,000 characters in all. */
const MAX_TITLE_LENGTH = 256
const MAX_DESCRIPTION_LENGTH = 3_600
const MAX_FIELDS = 10
const MAX_FIELD_LENGTH = 1_024
const MAX_LINK_LENGTH = 400
/** An escape doubles a character. */
const DIGEST_BYTES = 1_700

const colors = {
  BAD: 0xd92d20,
  WARNING: 0xdc6803,
  GOOD: 0x079455,
  PLAIN: 0x475467,
} satisfies Record<Tone, number>

/** discord.com/developers/docs/topics/opcodes-and-status-codes: unknown webhook, channel or guild, invalid webhook token. */
const GONE_CODES = [10_003, 10_004, 10_015, 50_027]
const refusal = z.object({ code: z.int() })

export const discord: PostedKind<object, { url: string }> = {
  carrier: 'HTTP',
  rules: ({ discord: origin }) => ({
    settings: nothing,
    secrets: z.object({
      url: serviceAddress({
        isKnown: ({ host, pathname }) => HOSTS.test(host) && PATH.test(pathname),
        example: 'https://discord.com/api/webhooks/…/…',
        origin,
      }),
    }),
  }),
  labelOf: (_settings, name) => `Discord (${name})`,
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const url = new URL(way.secrets.url)
    // Without it Discord answers 204 even where the message comes to nothing.
    url.searchParams.set('wait', 'true')
    const embeds = [embedOf(speak(content, way))]
    return jsonPost(url, { embeds, allowed_mentions: { parse: [] } })
  },

  isGone: (reply) => GONE_CODES.includes(said(reply, refusal)?.code ?? 0),
}

// Addresses stand in the text: as `url` of the embed one without a dot makes Discord refuse the message.
function embedOf({ tone, title, lead, facts, lines, link, imageUrl, at }: Speech) {
  const text = escapedWithin([lead, ...lines].join('\n'), escape, MAX_DESCRIPTION_LENGTH)
  const links = [linkTo(link.url, link.label), imageUrl && linkTo(imageUrl, 'Screenshot')]
  return {
    title: escapedWithin(`${signs[tone]} ${title}`, escape, MAX_TITLE_LENGTH),
    description: `${text}\n\n${links.filter(Boolean).join(' · ')}`,
    color: colors[tone],
    timestamp: new Date(at).toISOString(),
    fields: facts.slice(0, MAX_FIELDS).map(({ label, value }) => ({
      name: label,
      value: escapedWithin(value, escape, MAX_FIELD_LENGTH),
    })),
    ...(isFetchable(imageUrl) && { image: { url: imageUrl } }),
  }
}

function linkTo(address: string, label: string): string {
  const { href } = new URL(address)
  return href.length > MAX_LINK_LENGTH || /[()]/.test(href) ? label : `[${label}](${href})`
}

/** What Markdown, a mention or a quote could begin with. In an address Discord reads none of it. */
function escape(text: string): string {
  return aroundAddresses(
    text,
    (words) => words.replace(/[\\*_~`|<>@[\]]|^[#+-]/gm, '\\$&'),
    (address) => address,
  )
}
