import type { RequestListener } from 'node:http'
import { describe, expect, it, test } from 'vitest'
import { createOutbound } from '../../../agent/outbound.ts'
import { drip, flood, say } from '../../../agent/testing/hostile.ts'
import { startTcpTarget } from '../../../agent/testing/target.ts'
import { postedKinds } from '../../../test/receivers/channels.ts'
import { digestOf, noticeContent, trial } from '../../../test/receivers/notices.ts'
import { type Answer, type Receiver, startReceiver } from '../../../test/receivers/receiver.ts'
import {
  answerAs,
  channelAt,
  type Manners,
  manners,
  originsAt,
  proxy,
} from '../../../test/receivers/services.ts'
import { startSmtpSink } from '../../../test/smtp-sink.ts'
import { systemClock } from '../../platform/clock.ts'
import { readEnvironment } from '../../platform/environment.ts'
import { createMailer } from '../../platform/mailer.ts'
import type { Addressee } from './attempt.ts'
import type { Content } from './content.ts'
import { deliver } from './deeds.ts'

const down = noticeContent('DOWN')
const mailbox: Addressee = {
  kind: 'EMAIL',
  settings: {},
  secrets: {},
  wording: null,
  updatedAt: null,
}

/** Everything that sending takes, where loopback may be reached and the services are at `url`. */
function carriers(url: string, variables: Record<string, string> = {}) {
  const environment = readEnvironment({
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
    SERVICE_ORIGINS: originsAt(url),
    ...variables,
  })
  return {
    environment,
    outbound: createOutbound({ policy: environment.outbound }),
    mailer: createMailer(environment),
    clock: systemClock,
  }
}

const send = (url: string, addressee: Addressee, content: Content = down, done = 0) =>
  deliver(carriers(url), addressee, content, { done, signal: new AbortController().signal })

describe.concurrent.each(postedKinds)('%s', (kind) => {
  const start = () => startReceiver(answerAs(kind))

  it('takes an alert and a trial, and the log keeps both, without secrets', async () => {
    await using service = await start()
    const channel = channelAt(kind, service.url)
    for (const content of [down, trial]) {
      const { delivery, attempts } = await send(service.url, channel, content)
      expect(delivery).toEqual({ outcome: 'ACCEPTED' })
      const { status } = manners[kind].taken
      expect(attempts[0]).toMatchObject({ delivery, responseStatus: status })
      expect(attempts[0]?.request).toContain(content === down ? 'Shop' : 'Night shift')
      expect(JSON.stringify(attempts)).not.toMatch(/aBcDeFgH|AAEhBO|e93facc|tk_Agq/)
    }
    expect(service.received).toHaveLength(kind === 'PAGERDUTY' ? 3 : 2)
  })

  const { busy, misread, gone }: Manners = manners[kind]
  const retry = { outcome: 'RETRY', retryAfterMs: 7_000 }
  it.each<[string, Answer, object]>([
    ['is asked again when it is busy, and not before it says', busy, retry],
    ['is asked again when a proxy is busy, and not before it says', proxy.busy, retry],
    ['is not asked again for what it cannot read', misread, { outcome: 'PERMANENT' }],
    ['is not gone where a proxy finds nothing', proxy.notFound, { outcome: 'PERMANENT' }],
    ['is not gone where a proxy lets nobody in', proxy.forbidden, { outcome: 'PERMANENT' }],
    ['is gone where anybody says so for good', proxy.gone, { outcome: 'GONE' }],
    ...gone.map((answer): [string, Answer, object] => [
      `is gone when it says ${answer.status} ${answer.body ?? ''}`,
      answer,
      { outcome: 'GONE' },
    ]),
  ])('%s', async (_, answer, expected) => {
    await using service = await start()
    service.next(answer)
    const { delivery, attempts } = await send(service.url, channelAt(kind, service.url))
    expect(delivery).toMatchObject(expected)
    expect(attempts).toMatchObject([
      { delivery, responseStatus: answer.status, response: answer.body ?? '' },
    ])
  })

  it('is not followed to another place', async () => {
    await using elsewhere = await start()
    await using service = await start()
    service.next({ status: 307, headers: { location: elsewhere.url } })
    const { delivery } = await send(service.url, channelAt(kind, service.url))
    expect(delivery).toMatchObject({
      outcome: 'PERMANENT',
      why: expect.stringMatching(/redirects are not followed/),
    })
    expect(elsewhere.received).toEqual([])
  })

  it('is not connected to where addresses like its own are closed', async () => {
    await using service = await start()
    const closed = carriers(service.url, { OUTBOUND_ALLOW_CIDRS: '10.0.0.0/8' })
    const { signal } = new AbortController()
    const channel = channelAt(kind, service.url)
    const { delivery } = await deliver(closed, channel, down, { done: 0, signal })
    expect(delivery).toMatchObject({
      outcome: 'PERMANENT',
      why: expect.stringMatching(/OUTBOUND_ALLOW_CIDRS/),
    })
    expect(service.received).toEqual([])
  })
})

describe.concurrent('a receiver that is broken or means harm', () => {
  const taken = 'HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n'
  test.each([
    ['says nothing is asked again', () => {}, 'RETRY', null],
    ['hangs up is asked again', say('', (socket) => socket.end()), 'RETRY', null],
    ['does not speak HTTP is asked again', say('220 smtp.example ESMTP\r\n'), 'RETRY', null],
    ['drips its headers is asked again', drip('HTTP/1.1 200 OK\r\nx: ', 'x'), 'RETRY', null],
    ['has accepted and drips has accepted', drip(taken, 'x'), 'ACCEPTED', 200],
    [
      'has accepted and talks without end has accepted',
      flood(taken, 'x'.repeat(65_536)),
      'ACCEPTED',
      200,
    ],
    [
      'has accepted and hangs up has accepted',
      say(taken, (socket) => socket.destroy()),
      'ACCEPTED',
      200,
    ],
  ] as const)('and %s', async (_, talk, outcome, responseStatus) => {
    await using receiver = await startTcpTarget(talk)
    const { delivery, attempts } = await send(receiver.url, channelAt('WEBHOOK', receiver.url))
    expect(delivery.outcome).toBe(outcome)
    expect(attempts).toMatchObject([{ responseStatus }])
    expect(attempts[0]?.response?.length ?? 0).toBeLessThanOrEqual(4_096)
    await receiver.quiet()
  })

  test('is not there', async () => {
    const receiver = await startTcpTarget(() => {})
    await receiver[Symbol.asyncDispose]()
    const { delivery, attempts } = await send(receiver.url, channelAt('WEBHOOK', receiver.url))
    expect(delivery).toMatchObject({
      outcome: 'RETRY',
      why: expect.stringMatching(/refused the connection/),
    })
    expect(attempts).toMatchObject([
      { request: expect.stringMatching(/^POST/), responseStatus: null, response: null },
    ])
  })
})

describe('a digest', () => {
  const digest = digestOf(Array.from({ length: 200 }, (_, index) => `monitor${index + 1}x`))
  const content: Content = { type: 'DIGEST', digest }

  it('takes several messages where one has no room, and goes on where it was broken off', async () => {
    await using service = await startReceiver(answerAs('DISCORD'))
    const channel = channelAt('DISCORD', service.url)
    service.next(manners.DISCORD.taken, manners.DISCORD.busy)
    const first = await send(service.url, channel, content)
    expect(first.attempts.map(({ delivery }) => delivery.outcome)).toEqual(['ACCEPTED', 'RETRY'])
    expect(first.delivery).toMatchObject({ outcome: 'RETRY', retryAfterMs: 7_000 })
    const second = await send(service.url, channel, content, 1)
    expect(second.delivery).toEqual({ outcome: 'ACCEPTED' })
    const bodies = service.received.toSpliced(1, 1).map(({ body }) => body)
    expect(bodies).toHaveLength(1 + second.attempts.length)
    const all = bodies.join('\n')
    for (const { monitorName } of digest.entries) expect(all.split(monitorName)).toHaveLength(2)
  })

  it('is asked for again when there is no time for all of it', async () => {
    await using service = await startReceiver(answerAs('DISCORD'))
    const channel = channelAt('DISCORD', service.url)
    const signal = AbortSignal.abort()
    const { delivery } = await deliver(carriers(service.url), channel, content, { done: 1, signal })
    expect(delivery.outcome).toBe('RETRY')
    expect(service.received).toEqual([])
  })
})

describe('PagerDuty', () => {
  it('is woken again by what is open again: it is resolved there, and triggered under the same key', async () => {
    await using service = await startReceiver(answerAs('PAGERDUTY'))
    const channel = channelAt('PAGERDUTY', service.url)
    const sent = await send(service.url, channel, noticeContent('REOPENED'))
    const events = service.received.map(({ body }) => JSON.parse(body))
    expect(events.map((event) => event.event_action)).toEqual(['resolve', 'trigger'])
    expect(new Set(events.map((event) => event.dedup_key)).size).toBe(1)
    expect(sent.delivery).toEqual({ outcome: 'ACCEPTED' })
  })
})

describe('a trial of PagerDuty', () => {
  const actions = (service: Receiver) =>
    service.received.map(({ body }) => JSON.parse(body).event_action)

  it('is ended also where nobody waits for it any more', async () => {
    const waiting = new AbortController()
    await using service = await startReceiver((request) => {
      waiting.abort()
      return answerAs('PAGERDUTY')(request)
    })
    const channel = channelAt('PAGERDUTY', service.url)
    const { signal } = waiting
    await deliver(carriers(service.url), channel, trial, { done: 0, signal })
    expect(actions(service)).toEqual(['trigger', 'resolve'])
  })

  it('is ended at the second try where the first is not taken', async () => {
    await using service = await startReceiver(answerAs('PAGERDUTY'))
    service.next(manners.PAGERDUTY.taken, manners.PAGERDUTY.busy)
    const sent = await send(service.url, channelAt('PAGERDUTY', service.url), trial)
    expect(actions(service)).toEqual(['trigger', 'resolve', 'resolve'])
    expect(sent).toMatchObject({ delivery: { outcome: 'ACCEPTED' }, attempts: [{}, {}, {}] })
  })

  it.each<[string, Answer | RequestListener, number | null]>([
    ['that nobody answered', (request) => request.socket.destroy(), null],
    ['that a proxy did not pass on in time', { status: 504 }, 504],
  ])('is ended after a beginning %s: it may have been taken', async (_, answer, responseStatus) => {
    await using service = await startReceiver(answerAs('PAGERDUTY'))
    service.next(answer)
    const sent = await send(service.url, channelAt('PAGERDUTY', service.url), trial)
    expect(actions(service)).toEqual(['trigger', 'resolve'])
    expect(sent.attempts).toMatchObject([{ responseStatus }, { delivery: { outcome: 'ACCEPTED' } }])
    expect(sent.delivery).toBe(sent.attempts[0]?.delivery)
    expect(sent.delivery.outcome).toBe('RETRY')
  })

  it('opens an incident, and resolves that same one', async () => {
    await using service = await startReceiver(answerAs('PAGERDUTY'))
    const sent = await send(service.url, channelAt('PAGERDUTY', service.url), trial)
    const events = service.received.map(({ body }) => JSON.parse(body))
    expect(events.map((event) => event.event_action)).toEqual(['trigger', 'resolve'])
    expect(new Set(events.map((event) => event.dedup_key)).size).toBe(1)
    expect(sent.attempts).toHaveLength(2)
  })

  it('resolves nothing where nothing was opened', async () => {
    await using service = await startReceiver(answerAs('PAGERDUTY'))
    service.next(manners.PAGERDUTY.misread)
    const sent = await send(service.url, channelAt('PAGERDUTY', service.url), trial)
    expect(sent).toMatchObject({ delivery: { outcome: 'PERMANENT' }, attempts: [{}] })
    expect(service.received).toHaveLength(1)
  })
})

describe('e-mail', () => {
  it('carries digests and trials as it carries alerts', async () => {
    const smtp = await startSmtpSink()
    const deps = carriers('http://127.0.0.1', { SMTP_URL: smtp.url })
    const digest: Content = { type: 'DIGEST', digest: digestOf(['Shop <b>', 'Blog']) }
    const { signal } = new AbortController()
    for (const content of [down, digest, trial]) {
      const { delivery, attempts } = await deliver(deps, mailbox, content, { done: 0, signal })
      expect(delivery).toEqual({ outcome: 'ACCEPTED' })
      expect(attempts).toMatchObject([
        { request: expect.stringMatching(/^Mail to ada@example\.com: /) },
      ])
    }
    const subjects = smtp.mails.map(({ raw }) =>
      /^Subject: (.*)$/m.exec(raw.toString())?.[1]?.trim(),
    )
    expect(subjects).toEqual(['DOWN: Shop', '2 alerts: 2 down', 'This channel works'])
    await smtp.close()
  })
})

it('is gone, as e-mail, when its server knows no such mailbox', async () => {
  const smtp = await startSmtpSink()
  smtp.answer = () => ({ refuse: 550, at: 'recipient', saying: '5.1.1 User unknown' })
  const deps = carriers('http://127.0.0.1', { SMTP_URL: smtp.url })
  const { signal } = new AbortController()
  const { delivery } = await deliver(deps, mailbox, down, { done: 0, signal })
  expect(delivery).toEqual({
    outcome: 'GONE',
    why: expect.stringContaining('550 5.1.1 User unknown'),
  })
  await smtp.close()
})

it('says what is wrong with a channel that its rules would refuse today', async () => {
  await using service = await startReceiver(answerAs('SLACK'))
  const channel = channelAt('SLACK', service.url)
  const elsewhere = carriers('https://hooks.slack-gov.com')
  const { signal } = new AbortController()
  const { delivery, attempts } = await deliver(elsewhere, channel, down, { done: 0, signal })
  expect(delivery).toMatchObject({
    outcome: 'PERMANENT',
    why: expect.stringMatching(/not set up: url must be an address/),
  })
  expect(attempts).toMatchObject([{ request: null, delivery }])
  expect(service.received).toEqual([])
})
