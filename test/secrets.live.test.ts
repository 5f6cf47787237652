import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from './eventually.ts'
import { openDataDir, type Pharos, startPharos } from './pharos.ts'
import { caller } from './rig/graphql.ts'
import { type SmtpSink, startSmtpSink } from './smtp-sink.ts'

/** What callers and the operator hand over, each to be found nowhere again. */
const PLANTED = {
  password: 'planted-first-password',
  wrongPassword: 'planted-wrong-password',
  newPassword: 'planted-second-password',
  basicPassword: 'planted-basic-password',
  bearerToken: 'planted-bearer-token',
  headerValue: 'planted-header-value',
  smtpPassword: 'planted-smtp-password',
  redisPassword: 'planted-redis-password',
  slackPath: 'planted-slack-path',
  telegramToken: 'planted-telegram-token-of-some-length',
  routingKey: 'plantedRoutingKeyOf32Characters0',
  ntfyTopic: 'planted-ntfy-topic',
}

const EMAIL = 'ada@example.com'

type Session = { token: string }

let dataDir: Awaited<ReturnType<typeof openDataDir>>
let sink: SmtpSink
let pharos: Pharos
/** The planted ones, and those that Pharos itself made. */
let secrets: Record<string, string>

beforeAll(async () => {
  ;[dataDir, sink] = await Promise.all([openDataDir(), startSmtpSink()])
  pharos = await startPharos({
    DATA_DIR: dataDir.path,
    LOG_LEVEL: 'trace',
    OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
    REDIS_URL: `redis://:${PLANTED.redisPassword}@127.0.0.1:9`,
    SMTP_URL: sink.url.replace('smtp://', `smtp://pharos:${PLANTED.smtpPassword}@`),
  })
  secrets = { ...PLANTED, ...(await livesOn(pharos)) }
  await eventually('a mail was tried', () => pharos.output().includes('not delivered'))
  await pharos.end('SIGTERM')
})
afterAll(async () => {
  await pharos.end('SIGKILL')
  await sink.close()
  await dataDir[Symbol.asyncDispose]()
})

test('no secret reaches the log, at its most talkative', () => {
  expect(found(Buffer.from(pharos.output()))).toEqual([])
  expect(pharos.output()).toContain('"level":40')
})

test('no secret is on disk as it is: neither in a table, nor in an index or a log of PostgreSQL', async () => {
  let bytes = 0
  for (const entry of await readdir(dataDir.path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const content = await readFile(join(entry.parentPath, entry.name))
    expect([entry.name, ...found(content)]).toEqual([entry.name])
    if (content.includes(EMAIL)) bytes += content.length
  }
  // What is no secret is found: the search looks where the rows are.
  expect(bytes).toBeGreaterThan(0)
})

function found(content: Buffer): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) =>
    content.includes(secret) ? [name] : [],
  )
}

/** Signs up, in and out of luck, and leaves secrets in every place that takes some. */
async function livesOn({ url }: Pharos): Promise<Record<string, string>> {
  const { password, wrongPassword, newPassword, basicPassword, bearerToken, headerValue } = PLANTED
  const anybody = caller(() => url!)
  const { signUp } = await anybody.ask<{ signUp: Session }>(SIGN_UP, {
    input: { email: EMAIL, password, name: 'Ada' },
  })
  const refused = { input: { email: EMAIL, password: wrongPassword } }
  await expect(anybody.ask(SIGN_IN, refused)).rejects.toThrow('UNAUTHENTICATED')
  const ada = caller(() => url!, signUp.token)
  for (const auth of [
    { basic: { username: 'ada', password: basicPassword } },
    { bearer: { token: bearerToken } },
  ])
    await ada.ask(CREATE, { input: monitor(auth, headerValue) })
  const unreadable = { input: { ...monitor({}, headerValue), kind: 'SMOKE' } }
  await expect(ada.ask(CREATE, unreadable)).rejects.toThrow('BAD_USER_INPUT')
  const { webhookSecret } = await makeChannels(ada)
  const { createApiKey } = await ada.ask<{ createApiKey: Session }>(CREATE_API_KEY)
  const { changePassword } = await ada.ask<{ changePassword: Session }>(CHANGE_PASSWORD, {
    input: { currentPassword: password, newPassword },
  })
  await anybody.ask(`mutation { requestPasswordReset(input: { email: "${EMAIL}" }) { email } }`)
  return {
    firstSession: signUp.token,
    secondSession: changePassword.token,
    apiKey: createApiKey.token.split('_').slice(2).join('_'),
    webhookSecret,
  }
}

/** One of each kind that takes a secret, and a trial over the one that nobody out there hears. */
async function makeChannels(ada: ReturnType<typeof caller>): Promise<{ webhookSecret: string }> {
  const { slackPath, telegramToken, routingKey, ntfyTopic } = PLANTED
  const make = (input: object) =>
    ada.ask<Made>(CREATE_CHANNEL, { input: { name: 'Ops', isDefault: false, ...input } })
  await make({ slack: { url: `https://hooks.slack.com/services/T0/B0/${slackPath}` } })
  await make({ telegram: { token: `123456789:${telegramToken}`, chatId: '1' } })
  await make({ pagerduty: { routingKey } })
  const { channel } = (await make({ ntfy: { server: 'http://127.0.0.1:9/', topic: ntfyTopic } }))
    .createChannel
  const tried = await ada.ask<Tried>(TEST_CHANNEL, { id: channel.id })
  expect(tried.testChannel.delivery).toMatchObject({ outcome: 'RETRY' })
  const { createChannel } = await make({ webhook: { url: 'http://127.0.0.1:9/' } })
  return { webhookSecret: createChannel.secret!.slice('whsec_'.length) }
}

type Made = { createChannel: { secret: string | null; channel: { id: string } } }
type Tried = { testChannel: { delivery: { outcome: string } } }

function monitor(auth: object, headerValue: string): object {
  const http = { auth, headers: [{ name: 'X-Key', value: headerValue }] }
  return { name: 'Nobody there', kind: 'HTTP', target: 'http://127.0.0.1:9/', http }
}

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }'
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { token } }'
const CREATE =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'
const CREATE_CHANNEL =
  'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { secret channel { id } } }'
const TEST_CHANNEL =
  'mutation ($id: ID!) { testChannel(input: { id: $id }) { delivery { outcome request } } }'
const CREATE_API_KEY =
  'mutation { createApiKey(input: { name: "reader", scopes: [MONITORS_READ] }) { token } }'
const CHANGE_PASSWORD =
  'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }'
