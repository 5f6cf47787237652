import { z } from 'zod'
import type { Way } from '../../api/alerts/channels/kind.ts'
import { channelKinds } from '../../api/alerts/channels/kinds.ts'
import type { ServiceOrigins } from '../../api/platform/service-origins.ts'
import type { AlertChannel } from '../../generated/prisma/enums.ts'
import {
  discordMessage,
  ntfyMessage,
  pagerdutyEvent,
  slackMessage,
  teamsMessage,
  telegramMessage,
} from './schemas.ts'
import { readWebhookSchema } from './webhook-schema.ts'

export type Posted = Exclude<AlertChannel, 'EMAIL'>

type SetUp = { settings: object; secrets: object; schema: z.ZodType }

const current = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** A channel of each kind as somebody would set it up, and what its service takes. */
export const setUps = {
  WEBHOOK: {
    settings: { url: 'https://hooks.example/pharos?tenant=7' },
    secrets: { current, previous: null },
    schema: readWebhookSchema(),
  },
  SLACK: {
    settings: {},
    secrets: { url: 'https://hooks.slack.com/services/T0000/B0000/aBcDeFgHiJkLmNoP' },
    schema: slackMessage,
  },
  TEAMS: {
    settings: {},
    secrets: {
      url: 'https://default1.ab.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/77/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=aBcDeFgH',
    },
    schema: teamsMessage,
  },
  DISCORD: {
    settings: {},
    secrets: { url: 'https://discord.com/api/webhooks/123456789/aBcDeFgH-iJkL_mNoP' },
    schema: discordMessage,
  },
  TELEGRAM: {
    settings: { chatId: '-1001234567890', threadId: 7 },
    secrets: { token: '123456789:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc' },
    schema: telegramMessage,
  },
  PAGERDUTY: {
    settings: { region: 'EU' },
    secrets: { routingKey: 'e93facc04764012d7bfb002500d5d1a6' },
    schema: pagerdutyEvent,
  },
  NTFY: {
    settings: { server: 'https://ntfy.example/' },
    secrets: { topic: 'pharos-aBcDeFgH', token: 'tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2' },
    schema: ntfyMessage,
  },
} satisfies Record<Posted, SetUp>

export const postedKinds = Object.keys(setUps) as Posted[]

/** What is missing from it is as in production. */
export function wayOf(kind: AlertChannel, change: Partial<Way> = {}): Way {
  const { settings, secrets } = kind === 'EMAIL' ? { settings: {}, secrets: {} } : setUps[kind]
  const origins: ServiceOrigins = {}
  const rules = channelKinds[kind].rules(origins)
  return {
    settings: rules.settings.parse(settings),
    secrets: rules.secrets.parse(secrets),
    wording: null,
    publicUrl: 'https://pharos.example',
    origins,
    at: Date.parse('2026-11-20T03:05:01.500Z'),
    ...change,
  }
}
