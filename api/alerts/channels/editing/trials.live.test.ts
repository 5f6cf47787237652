import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChannelStage, openChannelStage, TEST } from './testing/stage.ts'

const ROTATE = 'mutation ($id: ID!) { rotateChannelSecret(input: { id: $id }) { secret } }'

let stage: ChannelStage

beforeAll(async () => {
  stage = await openChannelStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('a trial', () => {
  it('goes out at once, is signed, and is kept among the deliveries', async () => {
    const { channel, secret } = await stage.create({
      webhook: { url: `${stage.receiver.url}/pharos` },
    })
    stage.receiver.next({ status: 500, body: 'out of order' })
    const failed = await stage.alice.ask(TEST, { id: channel.id })
    expect(failed.data.testChannel.delivery).toMatchObject({
      outcome: 'RETRY',
      responseStatus: 500,
      response: 'out of order',
    })
    const { data } = await stage.alice.ask(TEST, { id: channel.id })
    expect(data.testChannel.delivery).toMatchObject({ outcome: 'ACCEPTED', responseStatus: 204 })
    const { headers, body } = stage.receiver.received.at(-1)!
    expect(new Webhook(secret).verify(body, signed(headers))).toMatchObject({ type: 'test' })
    const list = await stage.alice.ask(
      'query ($id: ID!) { node(id: $id) { ... on Channel { deliveries { totalCount nodes { outcome request } } } } }',
      { id: channel.id },
    )
    const { totalCount, nodes } = list.data.node.deliveries
    expect([totalCount, nodes.map(({ outcome }: { outcome: string }) => outcome)]).toEqual([
      2,
      ['ACCEPTED', 'RETRY'],
    ])
    expect(JSON.stringify(nodes)).not.toContain(secret.slice('whsec_'.length))
  })

  it('says of PagerDuty what came of the beginning, though the end was taken', async () => {
    const { channel } = await stage.create({
      pagerduty: { routingKey: 'e93facc04764012d7bfb002500d5d1a6' },
    })
    stage.receiver.next((request) => request.socket.destroy())
    const { data } = await stage.alice.ask(TEST, { id: channel.id })
    expect(data.testChannel.delivery).toMatchObject({ outcome: 'RETRY', responseStatus: null })
    expect(stage.receiver.received.at(-1)?.body).toContain('"event_action":"resolve"')
  })

  it('is signed by the former secret too for a day after it was replaced', async () => {
    const { channel, secret } = await stage.create({
      webhook: { url: `${stage.receiver.url}/pharos` },
    })
    const { data } = await stage.alice.ask(ROTATE, { id: channel.id })
    const fresh = data.rotateChannelSecret.secret
    const verifiers = [secret, fresh].map((one) => new Webhook(one))
    const check = async () => {
      await stage.alice.ask(TEST, { id: channel.id })
      const { headers, body } = stage.receiver.received.at(-1)!
      return verifiers.map((verifier) => isSigned(verifier, body, signed(headers)))
    }
    expect(await check()).toEqual([true, true])
    stage.clock.nowMs += 24 * 3_600_000
    await stage.alice.ask(TEST, { id: channel.id })
    expect(stage.receiver.received.at(-1)?.headers['webhook-signature']).toMatch(/^v1,[^ ]+$/)
  })
})

type Headers = Record<string, string | string[] | undefined>

function signed(headers: Headers): Record<string, string> {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature']
  return Object.fromEntries(names.map((name) => [name, String(headers[name])]))
}

function isSigned(verifier: Webhook, body: string, headers: Record<string, string>): boolean {
  try {
    verifier.verify(body, headers)
    return true
  } catch {
    return false
  }
}
