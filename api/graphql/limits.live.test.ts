import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { follow, transports as followings } from '../../test/followers.ts'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { leastOf } from '../../test/least.ts'
import { post, transports } from '../../test/transports.ts'

/** Of CPU in this thread, the server's: a machine that is busy otherwise proves nothing. */
const AT_ONCE_MS = 100

let app: TestServer
beforeAll(async () => {
  app = await openTestServer()
  // The first answers warm parser and validator; what is measured is what a hostile document costs.
  await app.ask('{ viewer { id } }')
})
afterAll(() => app[Symbol.asyncDispose]())

function leastCpuMsOf(work: () => Promise<void>): Promise<number> {
  return leastOf(AT_ONCE_MS, async () => {
    const before = process.threadCpuUsage()
    await work()
    const { user, system } = process.threadCpuUsage(before)
    return (user + system) / 1_000
  })
}

const codes = (answer: { errors: { extensions: { code: string } }[] }) =>
  answer.errors.map(({ extensions }) => extensions.code)

describe.each(Object.entries(transports))('a document over %s', (_transport, send) => {
  const ask = (query: string) => send(app, JSON.stringify({ query }))
  const levels = (innermost: string) =>
    `{ apiKeys(first: 1) { nodes { createdBy { memberships { user { memberships { user { ${innermost} } } } } } } } }`
  const aliases = (count: number) =>
    `{ ${Array.from({ length: count }, (_, index) => `a${index}: viewer { id }`).join(' ')} }`
  const fields = (count: number) => `{ ${'viewer { id } '.repeat(count)} }`

  it.each([
    ['10 levels deep', levels('memberships { user { id } }'), ['UNAUTHENTICATED']],
    ['11 levels deep', levels('memberships { user { memberships { role } } }'), ['LIMIT_REACHED']],
    ['of 15 aliases', aliases(15), []],
    ['of 16 aliases', aliases(16), ['LIMIT_REACHED']],
    ['of 20 root fields', fields(20), []],
    ['of 21 root fields', fields(21), ['LIMIT_REACHED']],
    ['of 20 KB', '{viewer{id}}'.padEnd(20_480), []],
    ['over 20 KB', '{viewer{id}}'.padEnd(20_481), ['LIMIT_REACHED']],
    ['over 1,000 tokens', `{ viewer { ${'id '.repeat(1_000)} } }`, ['BAD_USER_INPUT']],
  ])('%s', async (_what, document, expected) => {
    expect(codes(await ask(document))).toEqual(expected)
  })

  it('counts depth, aliases and root fields with fragments expanded', async () => {
    const depth = `{ viewer { ...A } } fragment A on User { memberships { user { ...B } } }
      fragment B on User { memberships { user { ...C } } }
      fragment C on User { memberships { user { memberships { user { memberships { role } } } } } }`
    const alias = `{ viewer { ...A } b: viewer { ...A } } fragment A on User {
      ${Array.from({ length: 8 }, (_, index) => `n${index}: name`).join(' ')} }`
    const roots = `{ ...A ...A ...A } fragment A on Query { ${'viewer { id } '.repeat(7)} }`
    for (const document of [depth, alias, roots]) {
      expect(codes(await ask(document))).toEqual(['LIMIT_REACHED'])
    }
  })

  it('may be the introspection that GraphiQL sends', async () => {
    const { getIntrospectionQuery } = await import('graphql')
    const answer = await ask(getIntrospectionQuery({ inputValueDeprecation: true }))
    expect(answer.errors).toEqual([])
    expect(answer.data.__schema.types.length).toBeGreaterThan(20)
  })

  it.each([
    ['a kilobyte of nested fragments', doublingFragments(28)],
    [
      'fragments in a circle',
      '{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }',
    ],
    ['10,000 aliases', aliases(10_000)],
    ['10,000 aliases under the size', `{ ${'a:viewer{id}'.repeat(1_500)} }`],
    ['3,000 levels', `${'{a'.repeat(3_000)}${'}'.repeat(3_000)}`],
    ['3,000 levels of lists', `{ viewer(x: ${'['.repeat(3_000)}${']'.repeat(3_000)}) { id } }`],
    ['900 fields that might conflict', `{ viewer { ${'id name email '.repeat(300)} } nobody }`],
    [
      'introspection in a circle',
      `{ __schema { ${'types { fields { type { '.repeat(20)} name ${'} } } '.repeat(20)} } }`,
    ],
  ])('%s: an error at once', async (_what, document) => {
    const costMs = await leastCpuMsOf(async () => {
      expect((await ask(document)).errors.length).toBeGreaterThan(0)
    })
    expect(costMs).toBeLessThan(AT_ONCE_MS)
  })
})

describe.each(Object.entries(transports))('variables over %s', (_transport, send) => {
  const document = 'query ($id: ID!) { node(id: $id) { id } }'
  const lists = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

  it.each([
    ['a million [ ', lists(1_000_000)],
    ['100,000 [', lists(100_000)],
    ['10,000 [', lists(10_000)],
    ['objects in objects', `${'{"a":'.repeat(30_000)}1${'}'.repeat(30_000)}`],
  ])('%s: an error at once', async (_what, value) => {
    const body = `{"query":${JSON.stringify(document)},"variables":{"id":${value}}}`
    const costMs = await leastCpuMsOf(async () => {
      expect((await send(app, body)).errors.length).toBeGreaterThan(0)
    })
    expect(costMs).toBeLessThan(AT_ONCE_MS)
  })
})

describe.each(Object.entries(transports))('cost over %s', (_transport, send) => {
  const ask = (query: string) => send(app, JSON.stringify({ query }))

  it('is refused before anything runs when it is too much', async () => {
    const pages = (first: number) =>
      `{ apiKeys(first: ${first}) { nodes { createdBy { memberships { user { memberships { user { id } } } } } } } }`
    const answer = await ask(pages(100))
    expect(answer.errors[0]?.message).toMatch(/costs \d+; at most 10000/)
    expect(codes(answer)).toEqual(['LIMIT_REACHED'])
    expect(codes(await ask(pages(1)))).toEqual(['UNAUTHENTICATED'])
  })

  it('does not shrink with an id that cannot be read, or a negative page', async () => {
    const heavy =
      'apiKeys(first: 100) { nodes { createdBy { memberships { user { memberships { user { id } } } } } } }'
    expect(codes(await ask(`{ node(id: "💥") { id } ${heavy} }`))).toEqual(['LIMIT_REACHED'])
    const mixed = `{ apiKeys(first: -100) { nodes { id } } b: ${heavy} }`
    expect(codes(await ask(mixed))).toEqual(['LIMIT_REACHED'])
  })
})

describe.each(Object.entries(transports))('an operation over %s', (_transport, send) => {
  it('is refused where its budget is spent', async () => {
    await using poor = await openTestServer({ budgets: { stranger: 0, caller: 0, workspace: 0 } })
    const answer = await send(poor, JSON.stringify({ query: '{ viewer { id } }' }))
    expect(codes(answer)).toEqual(['RATE_LIMITED'])
  })

  it('is answered in time, whatever it waits for', async () => {
    await using hurried = await openTestServer({ deadlineMs: 500 })
    const { pool } = hurried.database
    const holder = await pool.connect()
    await holder.query('BEGIN; LOCK TABLE users IN ACCESS EXCLUSIVE MODE')
    const { errors } = await send(hurried, JSON.stringify({ query: `mutation { ${signIn(1)} }` }))
    await holder.query('ROLLBACK')
    holder.release()
    expect(errors).toMatchObject([
      { message: 'An operation may take 0.5 s.', extensions: { code: 'LIMIT_REACHED' } },
    ])
  })

  it('signs in ten times a minute, and not once more', async () => {
    await using guessed = await openTestServer()
    const tries = Array.from({ length: 11 }, (_, nth) =>
      send(guessed, JSON.stringify({ query: `mutation { ${signIn(nth)} }` })),
    )
    const told = (await Promise.all(tries)).flatMap(codes).toSorted()
    expect(told).toEqual(['RATE_LIMITED', ...Array.from({ length: 10 }, () => 'UNAUTHENTICATED')])
  })

  function signIn(nth: number): string {
    const input = `{ email: "guessed-${nth}@example.com", password: "a lighthouse at night" }`
    return `signIn(input: ${input}) { token }`
  }
})

describe.each(followings)('a subscription over %s', (transport) => {
  const levels = (innermost: string) =>
    `{ changes { node { ... on Monitor { openIncidents { monitor { openIncidents { monitor { openIncidents { monitor { ${innermost} } } } } } } } } } }`
  const aliases = (count: number) =>
    `{ changes { ${Array.from({ length: count }, (_, index) => `a${index}: id`).join(' ')} } }`
  const pages = (first: number) =>
    `{ changes { node { ... on Monitor { incidents(first: ${first}) { nodes { monitor { incidents(first: ${first}) { nodes { id } } } } } } } } }`

  it.each([
    ['10 levels deep', levels('http { method }'), 'UNAUTHENTICATED', /Sign in/],
    ['11 levels deep', levels('http { headers { name } }'), 'LIMIT_REACHED', /levels/],
    ['of 16 aliases', aliases(16), 'LIMIT_REACHED', /aliases/],
    ['over 20 KB', '{ changes { id } }'.padEnd(20_481), 'LIMIT_REACHED', /bytes/],
    ['over 1,000 tokens', `{ changes { ${'id '.repeat(1_000)} } }`, 'BAD_USER_INPUT', /tokens/],
    ['of two fields', '{ changes { id } alertChanged { id } }', 'BAD_USER_INPUT', /one top level/],
    ['of too much', pages(100), 'LIMIT_REACHED', /costs \d+; at most 10000/],
    ['of little, by nobody', pages(1), 'UNAUTHENTICATED', /Sign in/],
    [
      'without the variable it uses',
      '($a: String!) { changes(after: $a) { id } }',
      'BAD_USER_INPUT',
      /variables/,
    ],
  ])('%s', async (_what, document, code, message) => {
    using follower = await follow(transport, app, {
      query: `subscription ${document}`,
      token: null,
    })
    const { errors } = await follower.hear()
    expect(errors).toMatchObject([{ extensions: { code, requestId: expect.any(String) } }])
    expect(errors[0]?.message).toMatch(message)
  })

  it('counts when it begins', async () => {
    await using poor = await openTestServer({ budgets: { stranger: 0, caller: 0, workspace: 0 } })
    using follower = await follow(transport, poor, {
      query: 'subscription { changes { id } }',
      token: null,
    })
    expect((await follower.hear()).errors[0]?.extensions.code).toBe('RATE_LIMITED')
  })
})

describe('a body', () => {
  const padded = (bytes: number) => {
    const body = JSON.stringify({ query: '{ viewer { id } }', variables: { pad: '' } })
    return body.replace('"pad":""', `"pad":"${'x'.repeat(bytes - body.length)}"`)
  }

  it('has 256 KB and not a byte more', async () => {
    expect((await post(app, padded(262_144))).status).toBe(200)
    const response = await post(app, padded(262_145))
    expect([response.status, codes(await response.json())]).toEqual([413, ['LIMIT_REACHED']])
  })

  it('is counted also when it does not tell its length', async () => {
    const { status } = await send({ 'transfer-encoding': 'chunked' }, endless())
    expect(status).toBe(413)
  })

  it('is never unpacked', async () => {
    const bomb = gzipSync(gzipSync(Buffer.alloc(50_000_000)))
    const { status } = await send({ 'content-encoding': 'gzip' }, [bomb])
    expect(status).toBe(415)
  })

  it.each([
    ['a form', 'application/x-www-form-urlencoded', 'query=%7Bviewer%7Bid%7D%7D'],
    ['plain text', 'text/plain', '{"query":"{ viewer { id } }"}'],
    ['multipart', 'multipart/form-data; boundary=x', '--x--'],
    ['a bare document', 'application/graphql', '{ viewer { id } }'],
    ['JSON by another name', 'application/jsonp', '{"query":"{ viewer { id } }"}'],
  ])('is not %s', async (_what, contentType, body) => {
    expect((await post(app, body, { 'content-type': contentType })).status).toBe(415)
  })

  it.each([
    ['an array of operations', '[{"query":"{ viewer { id } }"}]'],
    ['a string', '"{ viewer { id } }"'],
    ['null', 'null'],
    ['broken JSON', '{"query":'],
    ['nothing', ''],
    ['an operation that is no string', '{"query":["{ viewer { id } }"]}'],
    ['variables that are a list', '{"query":"{ viewer { id } }","variables":[]}'],
  ])('is not %s', async (_what, body) => {
    const response = await post(app, body)
    expect(response.status).toBe(400)
    expect(codes(await response.json())).toEqual(['BAD_USER_INPUT'])
  })
})

/** A body in pieces, as nobody's client would send it. */
function send(
  headers: Record<string, string>,
  chunks: Iterable<Buffer>,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${app.url}/graphql`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      async (incoming) => resolve({ status: incoming.statusCode ?? 0, body: await text(incoming) }),
    )
    outgoing.on('error', reject)
    for (const chunk of chunks) outgoing.write(chunk)
    outgoing.end()
  })
}

function* endless(): Generator<Buffer> {
  for (let sent = 0; sent < 300_000; sent += 10_000) yield Buffer.alloc(10_000, ' ')
}

/** Each fragment spreads the next one twice: expanded, 2^count fields. */
function doublingFragments(count: number): string {
  const fragments = Array.from(
    { length: count },
    (_, index) => `fragment F${index} on User{...F${index + 1} ...F${index + 1}}`,
  )
  return `{viewer{...F0}}${fragments.join('')}fragment F${count} on User{a:id}`
}
