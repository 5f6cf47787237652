import { describe, expect, it, test } from 'vitest'
import type { AlertType, IncidentKind } from '../../../generated/prisma/enums.ts'
import { postedKinds, setUps, wayOf } from '../../../test/receivers/channels.ts'
import {
  alertTypes,
  digestOf,
  hostileNames,
  noticeContent,
  trial,
} from '../../../test/receivers/notices.ts'
import type { Content } from './content.ts'
import { pagesOf } from './digest.ts'
import type { PostedKind, Way } from './kind.ts'
import { channelKinds } from './kinds.ts'

const kinds = postedKinds.map((name) => ({ name, kind: channelKinds[name] as PostedKind }))
const digesting = kinds.filter(({ kind }) => kind.digestBytes !== null)

async function bodyOf(name: (typeof postedKinds)[number], content: Content, way?: Partial<Way>) {
  const request = await (channelKinds[name] as PostedKind).compose(content, wayOf(name, way))
  return request.body
}

/** What the service would say of it. */
const judge = (name: (typeof postedKinds)[number], body: string) =>
  setUps[name].schema.safeParse(JSON.parse(body)).error

describe.each(kinds)('what $name is sent', ({ name }) => {
  it.each(alertTypes)('is what the service takes, of an alert that tells %s', async (type) => {
    const body = await bodyOf(name, noticeContent(type))
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain('Shop')
  })

  it('is what the service takes, of a trial', async () => {
    const body = await bodyOf(name, trial)
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain('Night shift')
  })

  it('says what, since when, from where, why, the last good check, and where to look', async () => {
    const body = (await bodyOf(name, noticeContent('DOWN'))).replaceAll('\\\\', '')
    const since = name === 'WEBHOOK' ? '2026-11-20T03:04:05' : '2026-11-20 03:04:05 UTC'
    const lastGood = name === 'WEBHOOK' ? '2026-11-20T03:03:35' : '2026-11-20 03:03:35 UTC'
    for (const told of [since, lastGood, 'weur', 'Connection refused', 'https://pharos.example'])
      expect(body).toContain(told)
  })

  it.each([
    ['https://res.cloudinary.example/pharos/a.png', 'https://res.cloudinary.example/pharos/a.png'],
    ['/media/a.png', 'https://pharos.example/media/a.png'],
  ])('shows or links a picture of the trouble: %s', async (screenshotUrl, shown) => {
    const body = await bodyOf(name, noticeContent('DOWN', { screenshotUrl }))
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain(shown)
  })

  it('links it in the channel’s own words too', async () => {
    const wording = { title: null, text: 'See {{screenshot}}' }
    const notice = noticeContent('DOWN', { screenshotUrl: '/media/a.png' })
    const body = (await bodyOf(name, notice, { wording })).replaceAll('\\', '')
    expect(body).toContain('See https://pharos.example/media/a.png')
  })

  it('has the channel’s own words instead', async () => {
    const wording = { title: '{{ monitor }} {{state}}!', text: 'Because: {{cause}}\nCall Bob.' }
    const body = await bodyOf(name, noticeContent('DOWN'), { wording })
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain('Shop is down!')
    expect(body).toContain('Because: Connection refused')
    expect(body).not.toContain('Last good check')
  })

  it('says beneath them what they cannot know', async () => {
    const wording = { title: null, text: 'Call Bob.' }
    const lateness = { reason: 'MAINTENANCE', forMs: 120_000 } as const
    const notice = noticeContent('DOWN', { isUnattended: true, lateness })
    const body = await bodyOf(name, notice, { wording })
    for (const told of ['Call Bob.', 'Nobody has acknowledged it yet', 'withheld for 2 min'])
      expect(body).toContain(told)
  })

  it('leads to what there still is, where the incident is deleted with its monitor', async () => {
    const body = await bodyOf(name, { ...noticeContent('RESOLVED'), isFarewell: true })
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain('https://pharos.example/incidents')
    expect(body).not.toContain('https://pharos.example/incidents/')
  })

  it.each(Object.entries(hostileNames))('survives as a name %s', async (_, monitorName) => {
    const wording = { title: '{{monitor}}'.repeat(9), text: '{{monitor}}\n'.repeat(200) }
    const change = { monitorName, target: monitorName, cause: monitorName, regions: [monitorName] }
    const body = await bodyOf(name, noticeContent('DOWN', change))
    const inOwnWords = await bodyOf(name, noticeContent('DOWN', change), { wording })
    for (const one of [body, inOwnWords]) {
      expect(judge(name, one)).toBeUndefined()
      if (name !== 'WEBHOOK') expect(JSON.parse(one, plain)).not.toBeNull()
    }
  })
})

/** Throws for a text with characters that nobody sees, but for line breaks. */
function plain(_key: string, value: unknown): unknown {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const invisible = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/
  if (typeof value === 'string' && invisible.test(value)) throw new Error(JSON.stringify(value))
  return value
}

describe.each(digesting)('a digest for $name', ({ name, kind }) => {
  const digestBytes = kind.digestBytes ?? 0

  it('names each of 200 monitors once, in messages that the service takes', async () => {
    const names = Array.from({ length: 200 }, (_, index) => `monitor${index + 1}x`)
    const pages = pagesOf(digestOf(names), digestBytes)
    const bodies = await Promise.all(pages.map((page) => bodyOf(name, page)))
    for (const body of bodies) expect(judge(name, body)).toBeUndefined()
    const all = bodies.join('\n')
    for (const one of names) expect(all.split(one)).toHaveLength(2)
  })

  it.each(Object.entries(hostileNames))('survives as names %s', async (_, monitorName) => {
    const names = Array.from({ length: 60 }, () => monitorName)
    for (const page of pagesOf(digestOf(names, 'UP'), digestBytes))
      expect(judge(name, await bodyOf(name, page))).toBeUndefined()
  })
})

describe('what is open again', () => {
  const priorityOf = async (type: AlertType, incidentKind: IncidentKind) =>
    JSON.parse(await bodyOf('NTFY', noticeContent(type, { incidentKind }))).priority

  it.each<[IncidentKind, AlertType]>([
    ['DOWN', 'DOWN'],
    ['LATENCY', 'SLOW'],
    ['CERTIFICATE', 'CERTIFICATE_EXPIRY'],
  ])('is as urgent as it was at its beginning: %s', async (kind, beginning) => {
    expect(await priorityOf('REOPENED', kind)).toBe(await priorityOf(beginning, kind))
  })
})

describe('what a name cannot do', () => {
  const composed = (name: (typeof postedKinds)[number], monitorName: string) =>
    bodyOf(name, noticeContent('DOWN', { monitorName }))

  test('in Slack: mention, link or format; it stands in plain text, and escaped in the notification', async () => {
    const { text, blocks } = JSON.parse(await composed('SLACK', '<!channel> *b* <x|y> & z'))
    expect(text).toBe('🔴 &lt;!channel&gt; *b* &lt;x|y&gt; &amp; z is down: Connection refused')
    expect(blocks[0].text).toMatchObject({ type: 'plain_text', emoji: false })
    const markdown = JSON.stringify(blocks).match(/"mrkdwn","text":"[^"]*"/g)
    expect(markdown?.join()).not.toContain('channel')
  })

  test('in Discord: mention, link or format', async () => {
    const { embeds } = JSON.parse(
      await composed('DISCORD', '@everyone <@1> [a](b) **c** `d` ||e||'),
    )
    expect(embeds[0].title).toBe(
      '🔴 \\@everyone \\<\\@1\\> \\[a\\](b) \\*\\*c\\*\\* \\`d\\` \\|\\|e\\|\\| is down',
    )
  })

  test('in Telegram: mention, link or offer a command', async () => {
    const { text } = JSON.parse(await composed('TELEGRAM', '@alice /stop #tag <a href="x">y</a>'))
    expect(text).toContain(
      '@\u2060alice /\u2060stop #\u2060tag &lt;a href=&quot;x&quot;&gt;y&lt;/a&gt;',
    )
  })

  test('in Teams: format, for a TextRun knows no markup', async () => {
    const body = await composed('TEAMS', '[a](b) **c** <at>all</at>')
    expect(body).not.toMatch(/"TextBlock"|"FactSet"|"entities"/)
  })
})

describe.each(kinds)('an address in what $name is sent', ({ name }) => {
  it.each([
    'https://shop.example/health_check',
    'https://shop.example/@team/__init__.py?ids[]=1#cart',
    'https://shop.example/~ada/a_(b)_c?q=$top-1',
  ])('stands there as it is: %s', async (address) => {
    const change = { target: address, cause: `No answer from ${address}.` }
    const body = await bodyOf(name, noticeContent('DOWN', change))
    expect(judge(name, body)).toBeUndefined()
    expect(body).toContain(address)
    expect(body).not.toMatch(/shop\.example[^" ]*(\\\\|\u2060)/)
    const wording = { title: '{{target}} {{state}}', text: null }
    const inOwnTitle = await bodyOf(name, noticeContent('DOWN', change), { wording })
    expect(judge(name, inOwnTitle)).toBeUndefined()
    expect(inOwnTitle).toContain(address)
    expect(inOwnTitle).not.toMatch(/shop\.example[^" ]*(\\\\|\u2060)/)
  })
})

describe('an address that no service can reach', () => {
  it.each(postedKinds)('does not stand where %s would refuse the message for it', async (name) => {
    const screenshotUrl = 'http://localhost:4000/media/a.png'
    const way = { publicUrl: 'http://localhost:4000' }
    const parsed = JSON.parse(await bodyOf(name, noticeContent('DOWN', { screenshotUrl }), way))
    expect(setUps[name].schema.safeParse(parsed).error).toBeUndefined()
    const fields = JSON.stringify([parsed.embeds?.[0]?.image, parsed.attach, parsed.images])
    expect(fields).not.toContain('localhost')
  })
})
