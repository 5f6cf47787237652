import { request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { buildSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'

const FRIEND = 'https://dashboard.example.com'
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

/** As it travels: fetch would unpack it. */
function zipped(path: string): Promise<Buffer> {
  const headers = { accept: 'text/html', 'accept-encoding': 'gzip' }
  return new Promise((resolve, reject) => {
    request(app.url + path, { headers }, (incoming) => resolve(buffer(incoming)))
      .on('error', reject)
      .end()
  })
}
