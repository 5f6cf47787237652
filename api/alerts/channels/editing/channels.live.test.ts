import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  addContact,
  type ChannelStage,
  CREATE,
  openChannelStage,
  TEST,
  UPDATE,
} from './testing/stage.ts'

const DELETE = 'mutation ($id: ID!) { deleteChannel(input: { id: $id }) { deletedChannelId } }'
const DEFAULTS = '{ defaultAlertSettings { isOwn settings { channel { id } onDown } } }'

let stage: ChannelStage

beforeAll(async () => {
  stage = await openChannelStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

const issuesOf = async (input: object) => {
  const { errors } = await stage.alice.ask(CREATE, { input: { name: 'Ops', ...input } })
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
    const { channel, secret } = await stage.create(input)
    expect(channel).toMatchObject({ kind, ...shown })
    expect(secret === null).toBe(kind !== 'WEBHOOK')
    const { rows } = await stage.app.database.pool.query(
      'SELECT settings::text, label, secrets FROM channels ORDER BY id DESC LIMIT 1',
    )
    expect(JSON.stringify(channel)).not.toContain('canary')
    expect(rows[0].settings + rows[0].label + String(rows[0].secrets)).not.toMatch(/canary|whsec/)
  })

  it('is a mailbox of a contact of the workspace, and of no other', async () => {
    const contactId = await addContact(stage.alice, 'ada')
    const { channel } = await stage.create({ email: { contactId } })
    expect(channel).toMatchObject({
      kind: 'EMAIL',
      recipient: 'ada@people.example',
      contact: { id: contactId },
    })
    const foreign = { name: 'Ops', email: { contactId: await addContact(stage.charlie, 'eve') } }
    const { errors } = await stage.alice.ask(CREATE, { input: foreign })
    expect(errors[0]?.extensions.code).toBe('NOT_FOUND')
    const tried = await stage.alice.ask(TEST, { id: channel.id })
    expect(tried.errors[0]?.extensions.code).toBe('CONFLICT')
  })

  it('hears everything by default, unless it is not to', async () => {
    const webhook = { url: 'https://hooks.example/' }
    const { channel: heard } = await stage.create({ webhook }, stage.charlie)
    await stage.create({ webhook, isDefault: false }, stage.charlie)
    const { data } = await stage.charlie.ask(DEFAULTS)
    expect(data.defaultAlertSettings).toEqual({
      isOwn: false,
      settings: [{ channel: { id: heard.id }, onDown: true }],
    })
  })

  it('keeps what a change leaves out, secrets too, and its kind', async () => {
    const token = '123456789:AAcanarycanarycanarycanarycanary_x'
    const { channel } = await stage.create({ telegram: { token, chatId: '1', threadId: 7 } })
    const change = async (input: object) =>
      stage.alice.ask(UPDATE, { input: { id: channel.id, ...input } })
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
    await stage.alice.ask(TEST, { id: channel.id })
    expect(stage.receiver.received.at(-1)?.path).toBe(`/bot${token}/sendMessage`)
    const other = await change({ webhook: { url: 'https://hooks.example/' } })
    expect(other.errors[0]?.extensions.issues?.[0]?.path).toEqual(['webhook'])
  })

  it('may have its own words, of known variables', async () => {
    const wording = { title: '{{monitor}} is {{type}}', text: null }
    const { channel } = await stage.create({ webhook: { url: 'https://hooks.example/' }, wording })
    expect(channel.wording).toEqual(wording)
    const change = async (own: object | null) => {
      const { data } = await stage.alice.ask(UPDATE, { input: { id: channel.id, wording: own } })
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

it('is gone once it is deleted', async () => {
  const { channel } = await stage.create({ ntfy: { topic: 'x' } })
  const { data } = await stage.alice.ask(DELETE, { id: channel.id })
  expect(data.deleteChannel.deletedChannelId).toBe(channel.id)
  expect((await stage.alice.ask(DELETE, { id: channel.id })).errors[0]?.extensions.code).toBe(
    'NOT_FOUND',
  )
  const { rows } = await stage.app.database.pool.query(
    `SELECT count(*)::int AS settings FROM alert_settings s
     LEFT JOIN channels c ON c.id = s.channel_id WHERE c.id IS NULL`,
  )
  expect(rows[0].settings).toBe(0)
})
