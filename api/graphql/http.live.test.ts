import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { buildSchema } from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'

const FRIEND = 'https://dashboard.example.com'
const SECRET = 'postgres://pharos:hunter2@10.1.2.3/pharos'
const SIGN_IN = 'mutation { signIn(input: { email: "ada@example.com", password: "x" }) { token } }'

let app: TestServer
beforeAll(async () => {
  app = await openTestServer({ variables: { CORS_ORIGINS: FRIEND } })
})
afterAll(() => app[Symbol.asyncDispose]())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(app.url + path, { headers })

describe('what a browser opens', () => {
  it('is a page that leads to GraphiQL', async () => {
    const response = await get('/', { accept: 'text/html' })
    expect(response.headers.get('content-type')).toMatch('text/html')
    expect(await response.text()).toContain('href="/graphql"')
  })

  it('is GraphiQL with everything in it, under a policy that lets only its own script run', async () => {
    const response = await get('/graphql', { accept: 'text/html', 'accept-encoding': 'identity' })
    const html = await response.text()
    expect(html).toContain('Welcome to Pharos')
    expect(html).not.toMatch(/<script[^>]+src=|<link[^>]+href="http/)
    const policy = response.headers.get('content-security-policy')
    expect(policy).toMatch(/default-src 'none'; script-src 'sha256-/)
    expect(policy).not.toContain("script-src 'unsafe-inline'")
    expect(gunzipSync(await zipped('/graphql')).toString()).toBe(html)
  })

  it('is the schema', async () => {
    const response = await get('/schema.graphql')
    expect(response.headers.get('content-type')).toMatch('text/plain')
    expect(
      buildSchema(await response.text())
        .getQueryType()
        ?.getFields().viewer,
    ).toBeDefined()
  })

  it('is healthy, and nothing else', async () => {
    expect(await (await get('/healthz')).text()).toBe('ok')
    const nowhere = await get('/admin')
    expect(nowhere.status).toBe(404)
    expect(await nowhere.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] })
  })
})

describe('every answer', () => {
  it('carries the headers that keep a browser careful', async () => {
    const { headers } = await app.ask('{ viewer { id } }')
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers.has('x-powered-by')).toBe(false)
    expect(headers.has('strict-transport-security')).toBe(false)
  })

  it('names its request, by the name it came with if that is harmless', async () => {
    const ask = (id: string) => get('/healthz', { 'x-request-id': id })
    expect((await ask('trace-42')).headers.get('x-request-id')).toBe('trace-42')
    expect((await ask('{"level":60}')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('another origin', () => {
  const preflight = (origin: string) =>
    fetch(`${app.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    })

  it('may ask if it is listed, to the letter', async () => {
    const { headers } = await preflight(FRIEND)
    expect(headers.get('access-control-allow-origin')).toBe(FRIEND)
    expect(headers.get('access-control-allow-headers')).toContain('authorization')
    expect(headers.has('access-control-allow-credentials')).toBe(false)
  })

  it.each([
    'https://evil.example.com',
    `${FRIEND}.evil.example.com`,
    `${FRIEND}:8443`,
    'http://dashboard.example.com',
    'null',
  ])('may not if it is %s', async (origin) => {
    expect((await preflight(origin)).headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('GET', () => {
  const query = (document: string) => `/graphql?query=${encodeURIComponent(document)}`
  const csrf = { 'x-graphql-yoga-csrf': '1' }

  it('reads, if the header shows that no foreign page sent it', async () => {
    expect((await get(query('{ viewer { id } }'), csrf)).status).toBe(200)
    expect((await get(query('{ viewer { id } }'))).status).toBe(403)
  })

  it('writes nothing', async () => {
    const response = await get(query(SIGN_IN), csrf)
    expect(response.status).toBe(405)
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    })
  })

  it.each(['PUT', 'PATCH', 'DELETE'])('and POST only: %s is refused', async (method) => {
    const response = await fetch(`${app.url}/graphql`, { method, body: '{}' })
    expect(response.status).toBe(405)
  })
})

describe('an error', () => {
  it('of ours tells its request id and nothing of itself; the log tells the rest', async () => {
    const lines: string[] = []
    const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
    const clock = {
      now(): number {
        throw new TypeError(`relation "users" is broken at ${SECRET}`)
      },
    }
    await using broken = await openTestServer({ deps: { log, clock } })
    const answer = await broken.ask(
      'mutation { signUp(input: { name: "Ada", email: "ada@example.com", password: "a lighthouse at night" }) { token } }',
    )
    expect(answer.errors).toEqual([
      {
        message: 'Unexpected error.',
        path: ['signUp'],
        locations: expect.any(Array),
        extensions: {
          code: 'INTERNAL_SERVER_ERROR',
          requestId: answer.headers.get('x-request-id'),
        },
      },
    ])
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { requestId: answer.headers.get('x-request-id'), err: { type: 'TypeError' } },
    ])
  })

  it('of the database while we ask who is there tells as little', async () => {
    await using broken = await openTestServer()
    await broken.database.pool.query('DROP TABLE sessions CASCADE')
    const answer = await broken.ask('{ viewer { id } }', {}, 'A'.repeat(43))
    expect(answer.errors.map(({ message }) => message)).toEqual(['Unexpected error.'])
    expect(JSON.stringify(answer.errors)).not.toMatch(/sessions|relation|stack/)
  })

  it.each([
    ['an unknown field', '{ nobody }'],
    ['a broken document', '{ viewer {'],
    ['a missing variable', 'query ($id: ID!) { node(id: $id) { id } }'],
    ['a page of nobody', '{ apiKeys(first: 5, before: "x") { totalCount } }'],
  ])('in what was asked says so: %s', async (_what, document) => {
    const { token } = await signedUp()
    const { errors } = await app.ask(document, {}, token)
    expect(errors[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      requestId: expect.any(String),
    })
  })

  it('in an input names field and rule', async () => {
    const { errors } = await app.ask(
      'mutation { signUp(input: { name: "", email: "nobody", password: "short" }) { token } }',
    )
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [
        { path: ['email'], message: expect.stringContaining('e-mail address') },
        { path: ['password'], message: 'must have at least 12 characters' },
        { path: ['name'], message: 'must not be empty' },
      ],
    })
  })
})

describe('pages', () => {
  it.each([0, -1, 101])('of %i are refused, not trimmed', async (first) => {
    const { token } = await signedUp()
    const { errors } = await app.ask(`{ apiKeys(first: ${first}) { totalCount } }`, {}, token)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['first'], message: 'must be from 1 to 100' }],
    })
  })

  it('go on behind a row that has been deleted meanwhile', async () => {
    const { token } = await signedUp()
    const invite = (email: string) =>
      app.ask(
        `mutation { inviteMember(input: { email: "${email}", role: VIEWER }) { invitation { id } } }`,
        {},
        token,
      )
    for (const name of ['a', 'b', 'c']) await invite(`${name}@example.com`)
    const page = '{ pageInfo { endCursor hasNextPage } totalCount nodes { id email } }'
    const first = await app.ask(`{ invitations(first: 2) ${page} }`, {}, token)
    const { nodes, pageInfo, totalCount } = first.data.invitations
    expect(nodes.map(({ email }: { email: string }) => email)).toEqual([
      'c@example.com',
      'b@example.com',
    ])
    expect([pageInfo.hasNextPage, totalCount]).toEqual([true, 3])
    await app.ask(
      `mutation { withdrawInvitation(input: { id: "${nodes[1].id}" }) { withdrawnId } }`,
      {},
      token,
    )
    const next = await app.ask(
      `{ invitations(first: 2, after: "${pageInfo.endCursor}") ${page} }`,
      {},
      token,
    )
    expect(next.data.invitations.nodes).toMatchObject([{ email: 'a@example.com' }])
  })
})

describe('the budget', () => {
  it('is told, and ends in 429', async () => {
    const budgets = { stranger: 10, caller: 1_000, workspace: 1_000 }
    await using poor = await openTestServer({ budgets })
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => poor.ask('{ viewer { id } }')),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 429])
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.errors[0]?.extensions.code).toBe('RATE_LIMITED')
    expect(Object.fromEntries(refused?.headers ?? [])).toMatchObject({
      'retry-after': '60',
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '60',
    })
  })
})

let accounts = 0
async function signedUp(): Promise<{ token: string }> {
  accounts += 1
  const input = {
    name: 'Ada',
    email: `ada${accounts}@example.com`,
    password: 'a lighthouse at night',
  }
  const { data } = await app.ask(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
    { input },
  )
  return data.signUp
}

/** As it travels: fetch would unpack it. */
function zipped(path: string): Promise<Buffer> {
  const headers = { accept: 'text/html', 'accept-encoding': 'gzip' }
  return new Promise((resolve, reject) => {
    request(app.url + path, { headers }, (incoming) => resolve(buffer(incoming)))
      .on('error', reject)
      .end()
  })
}
