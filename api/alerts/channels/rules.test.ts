import { describe, expect, it, test } from 'vitest'
import { type Posted, postedKinds, setUps } from '../../../test/receivers/channels.ts'
import type { ServiceOrigins } from '../../platform/service-origins.ts'
import { channelKinds } from './kinds.ts'

const issues = (name: Posted, change: object, origins: ServiceOrigins = {}) => {
  const rules = channelKinds[name].rules(origins)
  const { settings, secrets } = setUps[name]
  const results = [
    rules.settings.safeParse({ ...settings, ...change }),
    rules.secrets.safeParse({ ...secrets, ...change }),
  ]
  return results.flatMap(({ error }) => error?.issues ?? []).map(({ path }) => path.join('.'))
}

describe.each(postedKinds)('%s', (name) => {
  it('may be set up as its service says', () => {
    expect(issues(name, {})).toEqual([])
  })

  it('passes its rules again as it was stored', () => {
    const rules = channelKinds[name].rules({})
    const settings = rules.settings.parse(setUps[name].settings)
    expect(rules.settings.parse(JSON.parse(JSON.stringify(settings)))).toEqual(settings)
  })

  it('is shown by a label that holds no secret', () => {
    const label = channelKinds[name].labelOf(
      channelKinds[name].rules({}).settings.parse(setUps[name].settings),
      'Ops',
    )
    expect(label).toMatch(/^.{3,}$/)
    expect(label).not.toMatch(/aBcDeFgH|AAEh|e93f|tk_|tenant/)
  })
})

test.each<[string, Posted, object, string]>([
  ['an address of another host', 'SLACK', { url: 'https://evil.example/services/T/B/X' }, 'url'],
  [
    'an address that only begins so',
    'SLACK',
    { url: 'https://hooks.slack.com.evil.example/services/T/B/X' },
    'url',
  ],
  [
    'an address with a name in it',
    'SLACK',
    { url: 'https://hooks.slack.com@evil.example/services/T/B/X' },
    'url',
  ],
  ['an address without TLS', 'SLACK', { url: 'http://hooks.slack.com/services/T/B/X' }, 'url'],
  ['a page of Slack', 'SLACK', { url: 'https://hooks.slack.com/help' }, 'url'],
  ['no address', 'SLACK', { url: undefined }, 'url'],
  ['a retired connector', 'TEAMS', { url: 'https://outlook.office.com/webhook/1' }, 'url'],
  [
    'an address that only ends so',
    'TEAMS',
    { url: 'https://evillogic.azure.com/workflows/1' },
    'url',
  ],
  ['another address of Discord', 'DISCORD', { url: 'https://discord.com/channels/1/2' }, 'url'],
  [
    'the Slack form of a webhook',
    'DISCORD',
    { url: 'https://discord.com/api/webhooks/1/abc/slack' },
    'url',
  ],
  ['the name of a person', 'TELEGRAM', { chatId: 'ada' }, 'chatId'],
  ['a token with a path in it', 'TELEGRAM', { token: '123456:../../x' }, 'token'],
  ['a key of another length', 'PAGERDUTY', { routingKey: 'abc' }, 'routingKey'],
  ['a region that there is not', 'PAGERDUTY', { region: 'MARS' }, 'region'],
  ['a topic with a path in it', 'NTFY', { topic: 'a/b' }, 'topic'],
  ['a server with a path', 'NTFY', { server: 'https://ntfy.sh/mytopic' }, 'server'],
  ['a token with a line break', 'NTFY', { token: 'tk_abcdefgh\r\nX-Evil: 1' }, 'token'],
  ['a scheme that is none', 'WEBHOOK', { url: 'file:///etc/passwd' }, 'url'],
  ['a password in the address', 'WEBHOOK', { url: 'https://ada:secret@hooks.example/' }, 'url'],
])('%s is refused by the name of its field: %s %o', (_, name, change, field) => {
  expect(issues(name, change)).toEqual([field])
})

test.each<[Posted, ServiceOrigins, string]>([
  ['SLACK', { slack: 'https://chat.example.com' }, 'https://chat.example.com/hooks/xyz'],
  ['TEAMS', { teams: 'http://127.0.0.1:8080' }, 'http://127.0.0.1:8080/workflow'],
  ['DISCORD', { discord: 'https://discord.example.com' }, 'https://discord.example.com/hook'],
])('%s may be where the operator says: %o', (name, origins, url) => {
  expect(issues(name, { url })).toEqual(['url'])
  expect(issues(name, { url }, origins)).toEqual([])
  expect(issues(name, {}, origins)).toEqual([])
})
