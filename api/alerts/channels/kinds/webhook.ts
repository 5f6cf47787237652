import { z } from 'zod'
import { signMessage } from '../../../../core/signature.ts'
import { address } from '../address-rule.ts'
import { single, type Single } from '../content.ts'
import type { PostedKind } from '../kind.ts'
import { webhookPayload } from '../payload.ts'
import { speak } from '../speech.ts'

/** A secret that was rotated away still signs for this long, so that receivers can change over. */
const CHANGE_OVER_MS = 24 * 3_600_000

/** `previous` signs beside `current` until then, epoch milliseconds. */
export type WebhookSecrets = {
  current: string
  previous: { secret: string; until: number } | null
}

/** Standard Webhooks: whoever holds the secret can tell that it was us, and that nothing was altered. */
export const webhook: PostedKind<{ url: string }, WebhookSecrets> = {
  carrier: 'HTTP',
  rules: () => ({
    settings: z.object({ url: address() }),
    secrets: z.object({
      current: z.string(),
      previous: z.object({ secret: z.string(), until: z.number() }).nullable(),
    }),
  }),
  labelOf: ({ url }) => new URL(url).host,
  digestBytes: null,

  async compose(content, way) {
    const told = single(content)
    const body = JSON.stringify(webhookPayload(told, speak(told, way)))
    const signed = await signedHeaders(way.secrets, { id: idOf(told), body, at: way.at })
    return {
      url: new URL(way.settings.url),
      headers: { 'Content-Type': 'application/json', ...signed },
      body,
    }
  },

  isGone: () => false,
}

/** What a channel begins with. */
export function firstSecrets(fresh: string): WebhookSecrets {
  return { current: fresh, previous: null }
}

/** The fresh secret signs from now on, and the current one beside it for a while. */
export function rotatedSecrets(
  { current }: WebhookSecrets,
  fresh: string,
  nowMs: number,
): WebhookSecrets {
  return { current: fresh, previous: { secret: current, until: nowMs + CHANGE_OVER_MS } }
}

/** Stays the same over all attempts, so that a receiver can tell a repeat. */
function idOf(told: Single): string {
  return told.type === 'NOTICE' ? told.notice.alertId : told.trial.trialId
}

async function signedHeaders(
  { current, previous }: WebhookSecrets,
  { id, body, at }: { id: string; body: string; at: number },
) {
  const timestampSeconds = Math.floor(at / 1_000)
  const live = previous && at < previous.until ? [current, previous.secret] : [current]
  const signatures = live.map((secret) => signMessage(secret, { id, timestampSeconds, body }))
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': (await Promise.all(signatures)).join(' '),
  }
}
