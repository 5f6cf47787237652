import https from 'node:https'
import { expect, test } from 'vitest'
import { createOutbound } from '../../../agent/outbound.ts'
import { makeCertificate } from '../../../agent/testing/certificate.ts'
import { FORBIDDEN_HOSTS, FORBIDDEN_TEXTS } from '../../../agent/testing/forbidden.ts'
import { start, startHttpTarget } from '../../../agent/testing/target.ts'
import { setUps } from '../../../test/receivers/channels.ts'
import { noticeContent } from '../../../test/receivers/notices.ts'
import { systemClock } from '../../platform/clock.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { createMailer } from '../../platform/mailer.ts'
import { deliver } from './deeds.ts'

async function send(url: string, variables: Record<string, string> = {}) {
  const environment = readEnvironment(variables)
  const outbound = createOutbound({ policy: environment.outbound })
  const deps = { environment, outbound, mailer: createMailer(environment), clock: systemClock }
  const { secrets } = setUps.WEBHOOK
  const channel = {
    kind: 'WEBHOOK',
    settings: { url },
    secrets,
    wording: null,
    updatedAt: null,
  } as const
  const { signal } = new AbortController()
  const { delivery } = await deliver(deps, channel, noticeContent('DOWN'), { done: 0, signal })
  return delivery
}

test('no spelling of a forbidden address is posted to', async () => {
  await using canary = await startHttpTarget((_, response) => response.end())
  const addresses = [
    ...Object.values(FORBIDDEN_HOSTS)
      .flat()
      .map((host) => `http://${host}:${canary.port}/`),
    ...FORBIDDEN_TEXTS.map((text) => text.replaceAll('PORT', String(canary.port))),
  ]
  expect(addresses.length).toBeGreaterThan(80)
  const deliveries = await Promise.all(addresses.map((address) => send(address)))
  const outcomes = new Map(addresses.map((address, index) => [address, deliveries[index]?.outcome]))
  expect([...outcomes].filter(([, outcome]) => outcome !== 'PERMANENT')).toEqual([])
  expect(canary.accepted()).toBe(0)
})

test('nobody is told by a receiver whose certificate is not trusted', async () => {
  const received: string[] = []
  const { cert, key } = makeCertificate({ name: 'localhost' })
  const server = https.createServer({ cert, key }, (request, response) => {
    received.push(request.url ?? '')
    response.end()
  })
  await using receiver = await start(server, { scheme: 'https' })
  const delivery = await send(`${receiver.url}/pharos`, { OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  expect(delivery).toMatchObject({
    outcome: 'RETRY',
    why: expect.stringContaining('signed by itself'),
  })
  expect(received).toEqual([])
})
