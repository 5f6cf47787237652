import { Webhook } from 'standardwebhooks'
import { describe, expect, it, test } from 'vitest'
import { formatSecret } from '../../../../core/signature.ts'
import { setUps, wayOf } from '../../../../test/receivers/channels.ts'
import { noticeContent, noticeOf, trial } from '../../../../test/receivers/notices.ts'
import type { Content } from '../content.ts'
import { firstSecrets, rotatedSecrets, webhook, type WebhookSecrets } from './webhook.ts'

const [old, fresh, stranger] = [1, 2, 3].map((seed) => formatSecret(new Uint8Array(32).fill(seed)))
const nowMs = Date.now()

async function compose(
  secrets: WebhookSecrets,
  at = nowMs,
  content: Content = noticeContent('DOWN'),
) {
  const way = { ...wayOf('WEBHOOK'), settings: setUps.WEBHOOK.settings, secrets, at }
  return webhook.compose(content, way)
}

/** What a receiver with this secret makes of it. */
async function accepts(secret: string, message: Awaited<ReturnType<typeof compose>>) {
  try {
    new Webhook(secret).verify(message.body, message.headers)
    return true
  } catch {
    return false
  }
}

describe('a signature', () => {
  it('is one that the library of Standard Webhooks verifies, and nobody else’s', async () => {
    const message = await compose(firstSecrets(old!))
    expect(await accepts(old!, message)).toBe(true)
    expect(await accepts(stranger!, message)).toBe(false)
    expect(await accepts(old!, { ...message, body: message.body.replace('down', 'up') })).toBe(
      false,
    )
  })

  const rotated = rotatedSecrets(firstSecrets(old!), fresh!, nowMs - 24 * 3_600_000 + 2_000)
  test.each([
    ['both secrets, just before the change-over ends', 1_999, [true, true]],
    ['the fresh one alone, from then on', 2_000, [true, false]],
  ])('is by %s', async (_, later, expected) => {
    const message = await compose(rotated, nowMs + later)
    expect([await accepts(fresh!, message), await accepts(old!, message)]).toEqual(expected)
  })

  it('is by two secrets at most, however often they are rotated', async () => {
    const twice = rotatedSecrets(rotated, stranger!, nowMs)
    const { headers } = await compose(twice)
    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect(await accepts(old!, await compose(twice))).toBe(false)
  })
})

describe('what a receiver may deduplicate by', () => {
  it('stays the same over attempts, with the body', async () => {
    const first = await compose(firstSecrets(old!))
    const later = await compose(firstSecrets(old!), nowMs + 60_000)
    expect(later.headers['webhook-id']).toBe(noticeOf('DOWN').alertId)
    expect(later.headers['webhook-id']).toBe(first.headers['webhook-id'])
    expect(later.headers['webhook-timestamp']).not.toBe(first.headers['webhook-timestamp'])
    expect(later.body).toBe(first.body)
  })

  it('is of its own for a trial', async () => {
    const { headers, body } = await compose(firstSecrets(old!), nowMs, trial)
    expect(headers['webhook-id']).not.toBe(noticeOf('DOWN').alertId)
    expect(JSON.parse(body)).toMatchObject({ type: 'test', data: { channelName: 'Night shift' } })
  })
})

describe('the published schema', () => {
  const { schema } = setUps.WEBHOOK
  const sent = async (content?: Content) =>
    JSON.parse((await compose(firstSecrets(old!), nowMs, content)).body)
  const sentLate = () =>
    sent(noticeContent('DOWN', { lateness: { reason: 'QUIET_HOURS', forMs: 61_600 } }))

  it('holds for what is sent', async () => {
    expect(schema.safeParse(await sent()).error).toBeUndefined()
  })

  it('tells how late an alert is, by whole seconds', async () => {
    const { alert } = (await sentLate()).data
    expect(alert.lateness).toEqual({
      reason: 'QUIET_HOURS',
      withheldSeconds: 62,
      releasedAt: '2026-11-20T03:06:01.600Z',
    })
    expect(schema.safeParse(await sentLate()).error).toBeUndefined()
  })

  test.each([
    ['for which nothing is let go', { reason: 'OVER' }],
    ['of half a second', { withheldSeconds: 0.5 }],
    ['without its end', { releasedAt: undefined }],
  ])('does not hold for a lateness %s', async (_, change) => {
    const payload = await sentLate()
    Object.assign(payload.data.alert.lateness, change)
    expect(schema.safeParse(payload).success).toBe(false)
  })

  it('allows what may be added later', async () => {
    expect(schema.safeParse({ ...(await sent()), extra: 1 }).success).toBe(true)
  })

  test.each([
    ['another version', { version: 2 }],
    ['an unknown type', { type: 'alert.gone' }],
    ['an alert that says nothing of its incident', { data: { title: '', text: '', url: '' } }],
    ['an instant that is none', { timestamp: 'yesterday' }],
  ])('does not hold for %s', async (_, change) => {
    expect(schema.safeParse({ ...(await sent()), ...change }).success).toBe(false)
  })
})
