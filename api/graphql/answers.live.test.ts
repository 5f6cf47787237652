import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { signUp } from '../../test/people.ts'
import { transports } from '../../test/transports.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const SECRET = 'postgres://pharos:hunter2@10.1.2.3/pharos'

let app: TestServer
beforeAll(async () => {
  app = await openTestServer()
})
afterAll(() => app[Symbol.asyncDispose]())

let people = 0
const anybody = () => signUp(app, `Ada${(people += 1)}`)

describe('an error', () => {
  it.each(Object.entries(transports))(
    'of ours over %s tells its request id and nothing of itself; the log tells the rest',
    async (_transport, send) => {
      const lines: string[] = []
      const log = pino({ level: 'error' }, { write: (line) => lines.push(line) })
      const clock = {
        now(): number {
          throw new TypeError(`relation "users" is broken at ${SECRET}`)
        },
      }
      await using broken = await openTestServer({ deps: { log, clock } })
      const query =
        'mutation { signUp(input: { name: "Ada", email: "ada@example.com", password: "a lighthouse at night" }) { token } }'
      const { errors } = await send(broken, JSON.stringify({ query }))
      const requestId = expect.stringMatching(UUID)
      expect(errors).toEqual([
        {
          message: 'Unexpected error.',
          path: ['signUp'],
          locations: expect.any(Array),
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
        },
      ])
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { requestId: errors[0]?.extensions.requestId, err: { type: 'TypeError' } },
      ])
    },
  )

  it('is named as the header names its request', async () => {
    const { headers, errors } = await app.ask('{ nobody }')
    expect(errors[0]?.extensions.requestId).toBe(headers.get('x-request-id'))
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
    ['a literal of another type', '{ apiKeys(first: "x") { totalCount } }'],
  ])('in what was asked says so: %s', async (_what, document) => {
    const { token } = await anybody()
    const { errors } = await app.ask(document, {}, token)
    expect(errors[0]?.extensions).toEqual({
      code: 'BAD_USER_INPUT',
      requestId: expect.any(String),
    })
  })

  it.each([
    ['after', '{ apiKeys(after: "secret") { totalCount } }', 'must be a cursor of this list'],
    ['before', '{ monitors(before: "secret") { totalCount } }', 'must be a cursor of this list'],
    [
      'before',
      '{ alerts(last: 1, before: "secret") { totalCount } }',
      'must be a cursor of this list',
    ],
    [
      'before',
      '{ apiKeys(first: 5, before: "x") { totalCount } }',
      'cannot be combined with first',
    ],
  ])('in the argument %s of a list names it: %s', async (argument, document, message) => {
    const { ask } = await anybody()
    const { errors } = await ask(document)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: [argument], message }],
    })
    expect(JSON.stringify(errors)).not.toContain('secret')
  })

  it('in variables names all that is wrong and quotes nothing, neither in the answer nor in the log', async () => {
    const lines: string[] = []
    const log = pino({ level: 'trace' }, { write: (line) => lines.push(line) })
    await using strict = await openTestServer({ deps: { log } })
    const { status, errors } = await strict.ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
      { input: { name: 7, password: 'hunter2hunter2', hobby: 'hunter2' } },
    )
    expect(status).toBe(200)
    expect(errors).toEqual([
      {
        message: 'The variables break a rule.',
        locations: [{ line: 1, column: 11 }],
        extensions: {
          code: 'BAD_USER_INPUT',
          issues: [
            { path: ['email'], message: 'is required' },
            { path: ['name'], message: 'must be a string' },
            { path: ['hobby'], message: 'is not a field of SignUpInput' },
          ],
          requestId: expect.any(String),
        },
      },
    ])
    expect(lines.join()).not.toMatch(/hunter2/)
  })

  it('in a literal says where it stands, and quotes nothing', async () => {
    const date = await app.ask('{ monitors { nodes { uptime(from: "secret") { ratio } } } }')
    expect(date.errors[0]).toMatchObject({
      message: 'A DateTime is ISO 8601 in UTC, such as 2026-11-20T08:30:00Z.',
      locations: [{ line: 1, column: 35 }],
    })
    const input = 'name: 7, password: "secret"'
    const mutation = await app.ask(`mutation { signUp(input: { ${input} }) { token } }`)
    expect(mutation.errors.map(({ message }) => message)).toEqual([
      'Expected value of type "SignUpInput" to include required field "email".',
      'String cannot represent a non string value.',
    ])
  })

  it('in a character that Postgres cannot store says where it stands', async () => {
    const { ask } = await anybody()
    const message = 'must not contain the character U+0000'
    const inVariables = await ask(
      'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { token } }',
      { input: { name: 'a\u0000b', scopes: ['MONITORS_READ'] } },
    )
    expect(inVariables.errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['name'], message }],
    })
    const inFilter = await ask(
      'query ($text: String) { monitors(filter: { search: $text }) { totalCount } }',
      {
        text: '\u0000',
      },
    )
    expect(inFilter.errors[0]?.extensions.issues).toEqual([{ path: ['text'], message }])
    const inDocument = await ask('{ monitors(filter: { search: "\\u0000" }) { totalCount } }')
    expect(inDocument.errors[0]).toMatchObject({
      message: `A string ${message}.`,
      extensions: { code: 'BAD_USER_INPUT' },
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
    const { token } = await anybody()
    const { errors } = await app.ask(`{ apiKeys(first: ${first}) { totalCount } }`, {}, token)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['first'], message: 'must be from 1 to 100' }],
    })
  })

  it('go on behind a row that has been deleted meanwhile', async () => {
    const { token } = await anybody()
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
