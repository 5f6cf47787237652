import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../../test/graphql-server.ts'
import { gather, type Person, tokenInTheMail } from '../../../../test/people.ts'
import { type Receiver, startReceiver } from '../../../../test/receivers/receiver.ts'
import { originsAt } from '../../../../test/receivers/services.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { inTransaction } from '../../../platform/database.ts'
import { noteEnd } from '../../deeds.ts'
import { readChannelToSend } from '../store.ts'

const FIELDS = `id name kind recipient maxPerHour disabledAt disabledReason contact { id }
  wording { title text } settings { name value }`
const CREATE = `mutation ($input: CreateChannelInput!) { createChannel(input: $input) { secret channel { ${FIELDS} } } }`
const UPDATE = `mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { channel { ${FIELDS} } } }`
const TEST = `mutation ($id: ID!) { testChannel(input: { id: $id }) {
  delivery { outcome why request responseStatus response alert { id } } } }`
const ROTATE = 'mutation ($id: ID!) { rotateChannelSecret(input: { id: $id }) { secret } }'
const ENABLE = 'mutation ($id: ID!) { enableChannel(input: { id: $id }) { channel { id } } }'
const VERIFY =
  'mutation ($token: String!) { verifyContact(input: { token: $token }) { isVerified } }'
const DELETE = 'mutation ($id: ID!) { deleteChannel(input: { id: $id }) { deletedChannelId } }'
const DEFAULTS = '{ defaultAlertSettings { isOwn settings { channel { id } onDown } } }'

let now = Date.now()
let receiver: Receiver
let app: TestServer
let alice: Person
let charlie: Person

beforeAll(async () => {
  receiver = await startReceiver(() => ({ status: 204 }))
  app = await openTestServer({
    deps: { clock: { now: () => now } },
    variables: {
      OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
      SERVICE_ORIGINS: originsAt(receiver.url),
    },
  })
  ;({ alice, charlie } = await gather(app))
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})

async function create(input: object, person = alice) {
  const { data, errors } = await person.ask(CREATE, { input: { name: 'Ops', ...input } })
  expect(errors).toEqual([])
  return data.createChannel
}

async function addContact(person: Person, name: string): Promise<string> {
  const { data } = await person.ask(
    'mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { id } } }',
    { input: { name, email: `${name}@people.example` } },
  )
  return data.createContact.contact.id
}

const issuesOf = async (input: object) => {
  const { errors } = await alice.ask(CREATE, { input: { name: 'Ops', ...input } })
  return errors[0]?.extensions.issues?.map(({ path }) => path.join('.'))
}

describe('a channel', () => {
  it.each<[string, object, object]>([
    [
      'WEBHOOK',
      { webhook: { url: 'https://hooks.example/pharos' } },
      {
        recipient: 'hooks.example',
        settings: [{ name: 'url', value: 'https://hooks.example/pharos' }],
      },
    ],
    [
      'SLACK',
      { slack: { url: 'https://hooks.slack.com/services/T0/B0/canarycanary' } },
      { recipient: 'Slack (Ops)', settings: [] },
    ],
    [
      'TELEGRAM',
      { telegram: { token: '123456789:AAcanarycanarycanarycanarycanary_x', chatId: '-100123' } },
      { recipient: 'Telegram -100123', settings: [{ name: 'chatId', value: '-100123' }] },
    ],
    [
      'PAGERDUTY',
      { pagerduty: { routingKey: 'canarycanarycanarycanarycanaryca' } },
      { recipient: 'PagerDuty (US)', settings: [{ name: 'region', value: 'US' }] },
    ],
    [
      'NTFY',
      { ntfy: { topic: 'canary-topic' } },
      { recipient: 'ntfy at ntfy.sh', settings: [{ name: 'server', value: 'https://ntfy.sh/' }] },
    ],
  ])('of kind %s is made, and shows nothing secret', async (kind, input, shown) => {
    const { channel, secret } = await create(input)
    expect(channel).toMatchObject({ kind, ...shown })
    expect(secret === null).toBe(kind !== 'WEBHOOK')
    const { rows } = await app.database.pool.query(
      'SELECT settings::text, label, secrets FROM channels ORDER BY id DESC LIMIT 1',
    )
    expect(JSON.stringify(channel)).not.toContain('canary')
    expect(rows[0].settings + rows[0].label + String(rows[0].secrets)).not.toMatch(/canary|whsec/)
  })

  it('is a mailbox of a contact of the workspace, and of no other', async () => {
    const contactId = await addContact(alice, 'ada')
    const { channel } = await create({ email: { contactId } })
    expect(channel).toMatchObject({
      kind: 'EMAIL',
      recipient: 'ada@people.example',
      contact: { id: contactId },
    })
    const foreign = { name: 'Ops', email: { contactId: await addContact(charlie, 'eve') } }
    const { errors } = await alice.ask(CREATE, { input: foreign })
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND')
    const tried = await alice.ask(TEST, { id: channel.id })
    expect(tried.errors[0]?.extensions.code).toBe('CONFLICT')
  })

  it('hears everything by default, unless it is not to', async () => {
    const webhook = { url: 'https://hooks.example/' }
    const { channel: heard } = await create({ webhook }, charlie)
    await create({ webhook, isDefault: false }, charlie)
    const { data } = await charlie.ask(DEFAULTS)
    expect(data.defaultAlertSettings).toEqual({
      isOwn: false,
      settings: [{ channel: { id: heard.id }, onDown: true }],
    })
  })

  it('keeps what a change leaves out, secrets too, and its kind', async () => {
    const token = '123456789:AAcanarycanarycanarycanarycanary_x'
    const { channel } = await create({ telegram: { token, chatId: '1', threadId: 7 } })
    const change = async (input: object) =>
      alice.ask(UPDATE, { input: { id: channel.id, ...input } })
    const changed = await change({ telegram: { chatId: '2' }, maxPerHour: 10 })
    expect(changed.data.updateChannel.channel).toMatchObject({
      name: 'Ops',
      recipient: 'Telegram 2',
      maxPerHour: 10,
      settings: [
        { name: 'chatId', value: '2' },
        { name: 'threadId', value: '7' },
      ],
    })
    const cleared = await change({ telegram: { threadId: null }, maxPerHour: null })
    expect(cleared.data.updateChannel.channel.settings).toHaveLength(1)
    await alice.ask(TEST, { id: channel.id })
    expect(receiver.received.at(-1)?.path).toBe(`/bot${token}/sendMessage`)
    const other = await change({ webhook: { url: 'https://hooks.example/' } })
    expect(other.errors[0]?.extensions.issues?.[0]?.path).toEqual(['webhook'])
  })

  it('may have its own words, of known variables', async () => {
    const wording = { title: '{{monitor}} is {{type}}', text: null }
    const { channel } = await create({ webhook: { url: 'https://hooks.example/' }, wording })
    expect(channel.wording).toEqual(wording)
    const change = async (own: object | null) => {
      const { data } = await alice.ask(UPDATE, { input: { id: channel.id, wording: own } })
      return data.updateChannel.channel.wording
    }
    expect(await change({ text: 'Call Bob.' })).toEqual({ ...wording, text: 'Call Bob.' })
    expect(await change({ title: null })).toEqual({ title: null, text: 'Call Bob.' })
    expect(await change(null)).toBeNull()
    const unknown = { webhook: { url: 'https://hooks.example/' }, wording: { title: '{{secret}}' } }
    expect(await issuesOf(unknown)).toEqual(['wording.title'])
  })

  it.each<[string, object, string[]]>([
    ['an address that is none', { webhook: { url: 'gopher://x' } }, ['webhook.url']],
    [
      'somebody else’s host',
      { slack: { url: 'https://evil.example/services/T/B/x' } },
      ['slack.url'],
    ],
    ['half of it', { telegram: { chatId: '1' } }, ['telegram.token']],
    ['too small a cap', { ntfy: { topic: 'x' }, maxPerHour: 0 }, ['maxPerHour']],
    ['no name', { name: ' ', ntfy: { topic: 'x' } }, ['name']],
    [
      'two blocks',
      { ntfy: { topic: 'x' }, webhook: { url: 'https://a.example/' } },
      ['email', 'webhook', 'slack', 'teams', 'discord', 'telegram', 'pagerduty', 'ntfy'],
    ],
    [
      'none',
      {},
      ['email', 'webhook', 'slack', 'teams', 'discord', 'telegram', 'pagerduty', 'ntfy'],
    ],
  ])('is refused with %s', async (_, input, paths) => {
    expect(await issuesOf(input)).toEqual(paths)
  })
})

describe('a trial', () => {
  it('goes out at once, is signed, and is kept among the deliveries', async () => {
    const { channel, secret } = await create({ webhook: { url: `${receiver.url}/pharos` } })
    receiver.next({ status: 500, body: 'out of order' })
    const failed = await alice.ask(TEST, { id: channel.id })
    expect(failed.data.testChannel.delivery).toMatchObject({
      outcome: 'RETRY',
      responseStatus: 500,
      response: 'out of order',
    })
    const { data } = await alice.ask(TEST, { id: channel.id })
    expect(data.testChannel.delivery).toMatchObject({ outcome: 'ACCEPTED', responseStatus: 204 })
    const { headers, body } = receiver.received.at(-1)!
    expect(new Webhook(secret).verify(body, signed(headers))).toMatchObject({ type: 'test' })
    const list = await alice.ask(
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
    const { channel } = await create({
      pagerduty: { routingKey: 'e93facc04764012d7bfb002500d5d1a6' },
    })
    receiver.next((request) => request.socket.destroy())
    const { data } = await alice.ask(TEST, { id: channel.id })
    expect(data.testChannel.delivery).toMatchObject({ outcome: 'RETRY', responseStatus: null })
    expect(receiver.received.at(-1)?.body).toContain('"event_action":"resolve"')
  })

  it('is signed by the former secret too for a day after it was replaced', async () => {
    const { channel, secret } = await create({ webhook: { url: `${receiver.url}/pharos` } })
    const { data } = await alice.ask(ROTATE, { id: channel.id })
    const fresh = data.rotateChannelSecret.secret
    const verifiers = [secret, fresh].map((one) => new Webhook(one))
    const check = async () => {
      await alice.ask(TEST, { id: channel.id })
      const { headers, body } = receiver.received.at(-1)!
      return verifiers.map((verifier) => isSigned(verifier, body, signed(headers)))
    }
    expect(await check()).toEqual([true, true])
    now += 24 * 3_600_000
    await alice.ask(TEST, { id: channel.id })
    expect(receiver.received.at(-1)?.headers['webhook-signature']).toMatch(/^v1,[^ ]+$/)
  })
})

describe('a channel that was disabled', () => {
  const token = '123456789:AAcanarycanarycanarycanarycanary_x'
  const webhook = { url: 'https://hooks.example/' }

  async function createDisabled(input: object): Promise<string> {
    const { channel } = await create(input)
    await (
      await sendInVain(channel.id)
    )()
    expect(await stateOf(channel.id)).toEqual(OFF)
    return channel.id
  }

  /** Sends over it as it is now, to nobody: what comes of that once the answer is there. */
  async function sendInVain(id: string): Promise<() => Promise<unknown>> {
    const [channelId, { workspaceId }] = [uuidOf('Channel', id), alice]
    const sent = await readChannelToSend(app.database.pool, { id: channelId, workspaceId })
    const delivery = { outcome: 'GONE', why: 'the answer was 410' } as const
    const delivered = { delivery, channelAsOf: sent!.updatedAt }
    return () =>
      inTransaction(app.database, (tx) =>
        noteEnd(app.deps, tx, { channelId, workspaceId }, delivered),
      )
  }

  const OFF = { isDisabled: true, openNotices: 1 }
  const ON = { isDisabled: false, openNotices: 0 }
  async function stateOf(id: string) {
    const { rows } = await app.database.pool.query(
      `SELECT disabled_at IS NOT NULL AS "isDisabled",
         (SELECT count(*)::int FROM notices WHERE channel_id = c.id AND resolved_at IS NULL) AS "openNotices"
       FROM channels c WHERE id = $1`,
      [uuidOf('Channel', id)],
    )
    return rows[0]
  }

  it.each<[string, object, object]>([
    ['another address', { webhook }, { webhook: { url: 'https://hooks.example/new' } }],
    ['another secret', { telegram: { token, chatId: '1' } }, { telegram: { token: `${token}y` } }],
    ['another place', { telegram: { token, chatId: '1' } }, { telegram: { chatId: '2' } }],
  ])('works again with %s, and its notice is over', async (_, input, change) => {
    const id = await createDisabled(input)
    const { data } = await alice.ask(UPDATE, { input: { id, ...change } })
    expect(data.updateChannel.channel).toMatchObject({ disabledAt: null, disabledReason: null })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('stays so whatever else is changed, and after a trial that is accepted', async () => {
    const url = `${receiver.url}/mended`
    const id = await createDisabled({ webhook: { url } })
    await alice.ask(UPDATE, { input: { id, name: 'Mended', maxPerHour: 5, webhook: { url } } })
    const { data } = await alice.ask(TEST, { id })
    expect(data.testChannel.delivery.outcome).toBe('ACCEPTED')
    expect(await stateOf(id)).toEqual(OFF)
    await alice.ask(ENABLE, { id })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('works again with the mailbox of somebody else', async () => {
    const [dan, eli] = [await addContact(alice, 'dan'), await addContact(alice, 'eli')]
    const id = await createDisabled({ email: { contactId: dan } })
    await alice.ask(UPDATE, { input: { id, email: { contactId: dan } } })
    expect(await stateOf(id)).toEqual(OFF)
    await alice.ask(UPDATE, { input: { id, email: { contactId: eli } } })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('works again once its contact has verified another address', async () => {
    const contactId = await addContact(alice, 'fay')
    const mailbox = await createDisabled({ email: { contactId } })
    const other = await createDisabled({ webhook, contactId })
    const email = 'fay@elsewhere.example'
    await alice.ask(
      'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { contact { id } } }',
      { input: { id: contactId, email } },
    )
    const link = await tokenInTheMail(app, 'VERIFY_CONTACT', email)
    expect(await stateOf(mailbox)).toEqual(OFF)
    await app.ask(VERIFY, { token: link })
    expect([await stateOf(mailbox), await stateOf(other)]).toEqual([ON, OFF])
  })

  it('is none whose contact has followed a link while what was sent was under way', async () => {
    const contactId = await addContact(alice, 'gil')
    const { channel } = await create({ email: { contactId } })
    const come = await sendInVain(channel.id)
    await app.ask(VERIFY, {
      token: await tokenInTheMail(app, 'VERIFY_CONTACT', 'gil@people.example'),
    })
    await come()
    expect(await stateOf(channel.id)).toEqual(ON)
  })
})

it('is gone once it is deleted', async () => {
  const { channel } = await create({ ntfy: { topic: 'x' } })
  const { data } = await alice.ask(DELETE, { id: channel.id })
  expect(data.deleteChannel.deletedChannelId).toBe(channel.id)
  expect((await alice.ask(DELETE, { id: channel.id })).errors[0]?.extensions.code).toBe('NOT_FOUND')
  const { rows } = await app.database.pool.query(
    `SELECT count(*)::int AS settings FROM alert_settings s
     LEFT JOIN channels c ON c.id = s.channel_id WHERE c.id IS NULL`,
  )
  expect(rows[0].settings).toBe(0)
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
