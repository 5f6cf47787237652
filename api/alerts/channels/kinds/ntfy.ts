import { z } from 'zod'
import type { AlertType } from '../../../../generated/prisma/enums.ts'
import { address } from '../address-rule.ts'
import { said } from '../answer.ts'
import type { Content } from '../content.ts'
import { jsonPost } from '../json-post.ts'
import type { PostedKind } from '../kind.ts'
import { cutBytes, isFetchable } from '../markup.ts'
import { speak, type Speech, type Tone } from '../speech.ts'

const SERVER = 'https://ntfy.sh/'
/** docs.ntfy.sh/publish/#limitations: what is longer than 4,096 bytes becomes an attachment nobody reads. */
const MAX_MESSAGE_BYTES = 4_096
const DIGEST_BYTES = 3_600
/** The title becomes a line of a notification. */
const MAX_TITLE_BYTES = 250
/** docs.ntfy.sh/publish/#message-priority: 5 sounds even where the phone is silent. */
const URGENT = 5
const HIGH = 4
const NORMAL = 3

/** docs.ntfy.sh/emojis. */
const tags = {
  DOWN: 'rotating_light',
  UP: 'white_check_mark',
  SLOW: 'snail',
  NORMAL: 'white_check_mark',
  CERTIFICATE_EXPIRY: 'lock',
  CERTIFICATE_RENEWED: 'white_check_mark',
  ACKNOWLEDGED: 'eyes',
  REOPENED: 'bell',
  RESOLVED: 'ballot_box_with_check',
} satisfies Record<AlertType, string>

const priorities = { BAD: URGENT, WARNING: HIGH, GOOD: NORMAL, PLAIN: NORMAL } satisfies Record<
  Tone,
  number
>

/** server/errors.go of ntfy, unauthorized and forbidden: the topic is somebody's, and the token opens it no more. */
const GONE_CODES = [40_101, 40_301]
const refusal = z.object({ code: z.int() })

type Settings = { server: string }
type Secrets = { topic: string; token: string | null }

/** Whoever knows the name of a topic may read it: the name is kept as a secret. */
export const ntfy: PostedKind<Settings, Secrets> = {
  carrier: 'HTTP',
  rules: () => ({
    settings: z.object({
      server: address()
        .default(SERVER)
        .refine((href) => new URL(href).pathname === '/', 'must be a server without a path'),
    }),
    secrets: z.object({
      topic: z
        .string('must be the name of a topic')
        .trim()
        .regex(/^[\w-]{1,64}$/, 'must have 1 to 64 letters, digits, _ and -'),
      token: z
        .string()
        .trim()
        .regex(/^tk_\w{8,64}$/, 'must be an access token, tk_…')
        .nullish()
        .transform((token) => token ?? null),
    }),
  }),
  labelOf: ({ server }) => `ntfy at ${new URL(server).host}`,
  digestBytes: DIGEST_BYTES,

  compose(content, way) {
    const { settings, secrets } = way
    const speech = speak(content, way)
    const message = {
      topic: secrets.topic,
      title: cutBytes(speech.title, MAX_TITLE_BYTES),
      message: cutBytes(textOf(speech), MAX_MESSAGE_BYTES),
      priority: priorities[speech.tone],
      tags: [tagOf(content)],
      click: speech.link.url,
      ...(isFetchable(speech.imageUrl) && { attach: speech.imageUrl }),
    }
    const { token } = secrets
    return jsonPost(settings.server, message, token ? { Authorization: `Bearer ${token}` } : {})
  },

  isGone: (reply) => GONE_CODES.includes(said(reply, refusal)?.code ?? 0),
}

function tagOf(content: Content): string {
  return content.type === 'NOTICE' ? tags[content.notice.type] : 'bell'
}

function textOf({ lead, facts, lines }: Speech): string {
  const rows = facts.map(({ label, value }) => `${label}: ${value}`)
  const parts = [lead, rows.join('\n'), lines.join('\n')]
  return parts.filter((part) => part !== '').join('\n\n')
}
