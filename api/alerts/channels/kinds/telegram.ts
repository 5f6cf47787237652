import { z } from 'zod'
import { said } from '../answer.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { aroundAddresses } from '../markup.ts'
import { signs, speak, type Speech } from '../speech.ts'

const ORIGIN = 'https://api.telegram.org'
/**
 * core.telegram.org/bots/api#sendmessage: 4,096 characters after entities are read. Title, lead and links need some,
 * and at worst every second character gets a joiner.
 */
const DIGEST_BYTES = 2_400
/** An invisible mark that parts the sign from the name: nobody is mentioned, no command is offered. */
const WORD_JOINER = '\u2060'

type Settings = { chatId: string; threadId: number | null }

/** core.telegram.org/bots/api#making-requests. */
const refusal = z.object({ ok: z.literal(false), error_code: z.int(), description: z.string() })
const busy = z.object({ parameters: z.object({ retry_after: z.number().positive() }) })
/** The token is no more, or never was one. */
const GONE_CODES = [401, 404]
/** The bot was removed or blocked, or the chat has another id now. */
const GONE =
  /^(Bad Request|Forbidden): (bot was (blocked|kicked)|user is deactivated|bot is not a member|(the )?group chat was (deactivated|deleted|upgraded to a supergroup)|chat not found)/

export const telegram: PostedKind<Settings, { token: string }> = {
  carrier: 'HTTP',
  rules: () => ({
    settings: z.object({
      chatId: z
        .string('must be the id of a chat')
        .trim()
        .regex(
          /^(-?\d{1,20}|@\w{4,32})$/,
          'must be the number of a chat, such as -1001234567890, or the @name of a channel',
        ),
      threadId: z
        .int('must be the number of a topic')
        .min(1, 'must be the number of a topic')
        .nullish()
        .transform((id) => id ?? null),
    }),
    secrets: z.object({
      token: z
        .string('must be the token of a bot')
        .trim()
        .regex(/^\d{6,16}:[\w-]{30,60}$/, 'must be the token that BotFather gave, 123456:ABC…'),
    }),
  }),
  labelOf: ({ chatId }) => `Telegram ${chatId}`,
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const { chatId, threadId } = way.settings
    return jsonPost(`${way.origins.telegram ?? ORIGIN}/bot${way.secrets.token}/sendMessage`, {
      chat_id: chatId,
      ...(threadId !== null && { message_thread_id: threadId }),
      text: textOf(speak(content, way)),
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    })
  },

  isGone(reply) {
    const words = said(reply, refusal)
    return words !== null && (GONE_CODES.includes(words.error_code) || GONE.test(words.description))
  },

  pauseMsOf(reply) {
    const words = said(reply, busy)
    return words && words.parameters.retry_after * 1_000
  },
}

function textOf({ tone, title, lead, facts, lines, link, imageUrl }: Speech): string {
  const links = [linkTo(link.url, link.label), imageUrl && linkTo(imageUrl, 'Screenshot')]
  const parts = [
    `${bold(`${signs[tone]} ${title}`)}\n${withAddresses(lead)}`,
    facts.map(({ label, value }) => `<b>${escape(label)}:</b> ${withAddresses(value)}`).join('\n'),
    lines.map(withAddresses).join('\n'),
    links.filter(Boolean).join(' · '),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function linkTo(address: string, label: string): string {
  return `<a href="${entities(new URL(address).href)}">${label}</a>`
}

/** Addresses are not: there may be no code within it. */
function bold(text: string): string {
  return aroundAddresses(text, (words) => words && `<b>${escape(words)}</b>`, verbatim)
}

function withAddresses(text: string): string {
  return aroundAddresses(text, escape, verbatim)
}

/** A link, as Telegram finds it; or code where it would find a name in it, or a tag. */
function verbatim(address: string): string {
  const text = entities(address)
  return /[@#$]\w/.test(address) ? `<code>${text}</code>` : text
}

function escape(text: string): string {
  return entities(text).replace(/[@#$](?=\w)|(?<=^|\s)\/(?=\w)/gm, `$&${WORD_JOINER}`)
}

/** core.telegram.org/bots/api#html-style: no other named entities are known. */
function entities(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
