import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import { webhook } from '../api/alerts/channels/kinds/webhook.ts'
import { signMessage } from '../core/signature.ts'
import { setUps, wayOf } from './receivers/channels.ts'
import { noticeContent } from './receivers/notices.ts'
import { root } from './source.ts'

const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8')
const [, head = ''] = /```http request\n([^]*?)\n```/.exec(page) ?? []
const [, shown = ''] = /```json body\n([^]*?)\n```/.exec(page) ?? []

const { settings, secrets } = setUps.WEBHOOK
const way = { ...wayOf('WEBHOOK'), settings, secrets }
const sent = await webhook.compose(noticeContent('DOWN'), way)

it('shows what is really sent', () => {
  expect(JSON.stringify(JSON.parse(shown))).toBe(sent.body)
  for (const [name, value] of Object.entries(sent.headers))
    expect(head).toContain(`${name}: ${value}`)
})

it('names a secret with which the example verifies, over the bytes on the wire', async () => {
  expect(page).toContain(secrets.current)
  const id = sent.headers['webhook-id']!
  const timestampSeconds = Number(sent.headers['webhook-timestamp'])
  const signature = await signMessage(secrets.current, { id, timestampSeconds, body: sent.body })
  expect(head).toContain(signature)
  const byTheLibrary = new Webhook(secrets.current).sign(
    id,
    new Date(timestampSeconds * 1_000),
    sent.body,
  )
  expect(byTheLibrary).toBe(signature)
})
