import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { isAlive } from '../api/platform/process.ts'
import { eventually } from './eventually.ts'
import {
  openDataDir,
  type Pharos,
  postmasterPid,
  type Program,
  startByNpm,
  startPharos,
} from './pharos.ts'

const started: Pharos[] = []

async function start(variables: Record<string, string>, program?: Program): Promise<Pharos> {
  const pharos = await startPharos(variables, program)
  started.push(pharos)
  return pharos
}

afterEach(async () => {
  await Promise.all(started.splice(0).map((pharos) => pharos.end('SIGKILL')))
})

test('a first start says where to click, and a second goes on with the same data', async () => {
  await using dataDir = await openDataDir()
  const first = await start({ DATA_DIR: dataDir.path })
  for (const line of [
    /Open +http:\/\/localhost:\d+\n/,
    /GraphiQL +http:\/\/localhost:\d+\/graphql\n/,
    `Data      ${dataDir.path}`,
    /Mail +not configured: set SMTP_URL/,
    /Sign-up +the first account owns this installation/,
    /Outbound +public addresses only/,
  ])
    expect(first.output()).toMatch(line)
  await signUp(first)
  const pid = await postmasterPid(dataDir.path)
  expect(await first.end('SIGTERM')).toBe(0)
  expect(isAlive(pid!)).toBe(false)
  for (const role of ['web', 'scheduler', 'dispatcher'])
    for (const what of ['started', 'stopped'])
      expect(first.output()).toContain(`"role":"${role}","msg":"role ${what}"`)

  const second = await start({ DATA_DIR: dataDir.path, OUTBOUND_ALLOW_CIDRS: '10.0.0.0/8' })
  expect(second.output()).toContain('public addresses and 10.0.0.0/8')
  expect(await signIn(second)).toBe(true)
  expect(await second.end('SIGINT')).toBe(0)
  expect(await postmasterPid(dataDir.path)).toBeNull()
})

test('when it is killed its PostgreSQL ends too, and the next start has everything', async () => {
  await using dataDir = await openDataDir()
  const first = await start({ DATA_DIR: dataDir.path })
  await signUp(first)
  const pid = await postmasterPid(dataDir.path)
  await first.end('SIGKILL')
  await eventually('PostgreSQL is gone', () => !isAlive(pid!))
  const second = await start({ DATA_DIR: dataDir.path })
  expect(await signIn(second)).toBe(true)
})

test.each<Program>(['api/main.ts', 'demo/main.ts'])(
  '%s takes the Ctrl-C of a terminal, which npm passes on once more, for one',
  async (program) => {
    await using dataDir = await openDataDir()
    const pharos = await start({ DATA_DIR: dataDir.path }, program)
    void pharos.end('SIGINT')
    expect(await pharos.end('SIGINT')).toBe(0)
    expect(await postmasterPid(dataDir.path)).toBeNull()
  },
)

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'npm start leaves nothing behind when %s ends npm',
  async (signal) => {
    await using dataDir = await openDataDir()
    const pharos = await startByNpm({ DATA_DIR: dataDir.path })
    started.push(pharos)
    const pid = await postmasterPid(dataDir.path)
    await pharos.end(signal)
    await eventually('PostgreSQL is gone', () => !isAlive(pid!))
    expect(await postmasterPid(dataDir.path)).toBeNull()
  },
)

test('a second Pharos on the same folder says so and leaves the first alone', async () => {
  await using dataDir = await openDataDir()
  const first = await start({ DATA_DIR: dataDir.path })
  const second = await start({ DATA_DIR: dataDir.path })
  expect(await second.ended).toBe(1)
  expect(second.output()).toBe(
    `The data folder ${dataDir.path} is in use by another Pharos. Stop it, or set another DATA_DIR.\n`,
  )
  expect(await signUp(first)).toBe(true)
})

test.each(['at-start', 'during-migration'])('killed %s, it starts the next time', async (name) => {
  await using dataDir = await openDataDir()
  const first = await start({ DATA_DIR: dataDir.path, CRASH_AT: `${name}:1` })
  expect(await first.ended).toBeNull()
  expect(first.url).toBeNull()
  const second = await start({ DATA_DIR: dataDir.path })
  expect(await signUp(second)).toBe(true)
})

test.each<Program>(['api/main.ts', 'demo/main.ts'])(
  '%s tells a port in use in one line, and nothing stays behind',
  async (program) => {
    await using dataDir = await openDataDir()
    const squatter = createServer().listen(0)
    await once(squatter, 'listening')
    const { port } = squatter.address() as AddressInfo
    const pharos = await start({ DATA_DIR: dataDir.path, PORT: String(port) }, program)
    expect(await pharos.ended).toBe(1)
    expect(pharos.output()).toBe(
      `Port ${port} is in use. Stop what listens there, or set another PORT.\n`,
    )
    expect(await postmasterPid(dataDir.path)).toBeNull()
    squatter.close()
  },
)

test('all mistakes of the environment are told together', async () => {
  const pharos = await start({ PORT: 'web', SIGN_UP: 'maybe', SMTP_URL: 'mail.example.com' })
  expect(await pharos.ended).toBe(1)
  expect(pharos.output()).toBe(`The environment is not right:
  PORT must be a whole number from 0 to 65535
  SIGN_UP must be first, open or invite
  SMTP_URL must be a URL with smtp:// or smtps://
`)
})

test('a database that does not answer is told in one line', async () => {
  const pharos = await start({ DATABASE_URL: 'postgres://pharos:hunter2@127.0.0.1:1/pharos' })
  expect(await pharos.ended).toBe(1)
  expect(pharos.output()).toBe('The database cannot be reached: connect ECONNREFUSED 127.0.0.1:1\n')
})

const ALICE = { email: 'alice@pharos.example', password: 'a lighthouse at night' }

function signUp(pharos: Pharos): Promise<boolean> {
  const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }'
  return succeeds(pharos, query, { ...ALICE, name: 'Alice' })
}

function signIn(pharos: Pharos): Promise<boolean> {
  return succeeds(
    pharos,
    'mutation ($input: SignInInput!) { signIn(input: $input) { token } }',
    ALICE,
  )
}

async function succeeds({ url }: Pharos, query: string, input: object): Promise<boolean> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  })
  const { errors } = (await response.json()) as { errors?: unknown[] }
  return errors === undefined
}
