import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { elapsedMsOf } from '../../test/elapsed.ts'
import { type Behaviour, type SmtpSink, startSmtpSink } from '../../test/smtp-sink.ts'
import { createMailer, type Mail, type Mailer } from './mailer.ts'

const mail: Mail = {
  id: '0193a1c0-0000-7000-8000-000000000001',
  threadId: '0193a1c0-0000-7000-8000-000000000002',
  to: 'ada@example.com',
  subject: 'DOWN: Café 🦀',
  text: 'It is down.\n.\nReally.\n',
  html: '<p>It is <b>down</b>.</p>',
}

const settings = { mailFrom: 'Pharos <pharos@example.com>', publicUrl: 'https://pharos.example' }

async function startReceiver(behaviour: Behaviour): Promise<{ sink: SmtpSink; mailer: Mailer }> {
  const sink = await startSmtpSink()
  sink.answer = () => behaviour
  return { sink, mailer: createMailer({ ...settings, smtpUrl: sink.url }) }
}

describe('a mail that is accepted', () => {
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  beforeAll(async () => {
    receiver = await startReceiver('accept')
  })
  afterAll(() => receiver.sink.close())

  it('arrives whole, under a key that stays', async () => {
    const { sink, mailer } = receiver
    expect(await mailer.send(mail)).toEqual({ outcome: 'ACCEPTED' })
    expect(await mailer.send(mail)).toEqual({ outcome: 'ACCEPTED' })
    const ids = sink.mails.map((arrived) => arrived.messageId)
    expect(ids).toEqual(Array(2).fill(`<${mail.id}@pharos.example>`))
    expect(sink.mails[0]).toMatchObject({
      sender: 'pharos@example.com',
      recipient: 'ada@example.com',
    })
    const parsed = await PostalMime.parse(sink.mails[0]!.raw)
    expect(parsed).toMatchObject({
      subject: mail.subject,
      from: { name: 'Pharos', address: 'pharos@example.com' },
      to: [{ address: 'ada@example.com' }],
      references: `<${mail.threadId}@pharos.example>`,
    })
    expect(parsed.text?.trimEnd()).toBe(mail.text.trimEnd())
    expect(parsed.html).toContain('<b>down</b>')
  })

  it.each([
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com, eve@example.com',
    'Ada <ada@example.com>',
    '"a@x"@example.com',
  ])('is not sent to %j', async (to) => {
    const before = receiver.sink.connections
    expect(await receiver.mailer.send({ ...mail, to })).toMatchObject({ outcome: 'PERMANENT' })
    expect(receiver.sink.connections).toBe(before)
  })

  it.each(['Shop\r\nBcc: eve@example.com', 'x'.repeat(201)])(
    'is not sent under the subject %j',
    async (subject) => {
      expect(await receiver.mailer.send({ ...mail, subject })).toMatchObject({
        outcome: 'PERMANENT',
      })
    },
  )
})

describe('a receiver that fails', () => {
  it.concurrent.each<[string, Behaviour, 'RETRY' | 'PERMANENT', RegExp]>([
    ['is busy', { refuse: 421, at: 'connect' }, 'RETRY', /421/],
    ['defers the recipient', { refuse: 450, at: 'recipient' }, 'RETRY', /450/],
    ['defers the mail', { refuse: 450, at: 'data' }, 'RETRY', /450/],
    ['knows no such recipient', { refuse: 550, at: 'recipient' }, 'PERMANENT', /550/],
    ['refuses the mail', { refuse: 550, at: 'data' }, 'PERMANENT', /550/],
    ['refuses everybody', { refuse: 554, at: 'connect' }, 'PERMANENT', /554/],
    ['cuts before the final dot', 'cut before the final dot', 'RETRY', /closed|ECONNRESET|EPIPE/i],
    ['cuts after the final dot', 'cut after the final dot', 'RETRY', /closed|ECONNRESET/i],
  ])('%s', async (_, behaviour, outcome, why) => {
    const { sink, mailer } = await startReceiver(behaviour)
    try {
      expect(await mailer.send(mail)).toEqual({ outcome, why: expect.stringMatching(why) })
    } finally {
      await sink.close()
    }
  })

  it.concurrent.each<[string, Behaviour]>([
    ['hangs', 'hang'],
    ['answers a byte a second', 'drip'],
  ])('%s, and is left within 30 s', async (_, behaviour) => {
    const { sink, mailer } = await startReceiver(behaviour)
    const elapsedMs = await elapsedMsOf(async () => {
      expect(await mailer.send(mail)).toMatchObject({ outcome: 'RETRY' })
    })
    expect(elapsedMs).toBeLessThan(30_000)
    await sink.close()
  })

  it.concurrent('is not there', async () => {
    const { sink } = await startReceiver('accept')
    await sink.close()
    const mailer = createMailer({ ...settings, smtpUrl: sink.url })
    expect(await mailer.send(mail)).toEqual({
      outcome: 'RETRY',
      why: expect.stringMatching(/ECONNREFUSED/),
    })
  })

  it.concurrent('is left at once when the process stops', async () => {
    const { sink, mailer } = await startReceiver('hang')
    const stopping = AbortSignal.timeout(200)
    const elapsedMs = await elapsedMsOf(async () => {
      expect(await mailer.send(mail, stopping)).toMatchObject({ outcome: 'RETRY' })
    })
    expect(elapsedMs).toBeLessThan(2_000)
    await sink.close()
  })
})

describe('a mailbox that is not there', () => {
  it.concurrent.each<[string, Behaviour, 'GONE' | 'PERMANENT' | 'RETRY']>([
    ['it is unknown', { refuse: 550, at: 'recipient', saying: '5.1.1 User unknown' }, 'GONE'],
    ['it has moved', { refuse: 550, at: 'recipient', saying: '5.1.6 Has moved' }, 'GONE'],
    [
      'its domain takes no mail',
      { refuse: 556, at: 'recipient', saying: '5.1.10 Null MX' },
      'GONE',
    ],
    ['it is closed', { refuse: 550, at: 'recipient', saying: '5.2.1 Mailbox disabled' }, 'GONE'],
    [
      'it only gets too much',
      {
        refuse: 550,
        at: 'recipient',
        saying:
          '5.2.1 The user you are trying to contact is receiving mail at a rate that prevents',
      },
      'RETRY',
    ],
    ['so it turns out late', { refuse: 550, at: 'data', saying: '5.1.1 User unknown' }, 'GONE'],
    ['it is full', { refuse: 554, at: 'recipient', saying: '5.2.2 Quota exceeded' }, 'PERMANENT'],
    ['nobody says which', { refuse: 550, at: 'recipient' }, 'PERMANENT'],
    ['it is named further on', { refuse: 554, at: 'data', saying: 'Spam 5.1.1' }, 'PERMANENT'],
    [
      'it is the sender’s',
      { refuse: 550, at: 'sender', saying: '5.1.1 User unknown' },
      'PERMANENT',
    ],
    ['it is only later', { refuse: 450, at: 'recipient', saying: '4.2.1 Too many' }, 'RETRY'],
  ])('%s', async (_, behaviour, outcome) => {
    const { sink, mailer } = await startReceiver(behaviour)
    expect((await mailer.send(mail)).outcome).toBe(outcome)
    await sink.close()
  })
})

describe('mail that is not configured', () => {
  it('says which setting would help', async () => {
    const mailer = createMailer({ ...settings, smtpUrl: null })
    expect(mailer.isConfigured).toBe(false)
    expect(await mailer.send(mail)).toEqual({
      outcome: 'PERMANENT',
      why: 'mail is not configured: set SMTP_URL',
    })
  })
})
