import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { gather, type Person } from '../../test/people.ts'

let server: TestServer
let alice: Person
let bob: Person
let charlie: Person
let target: string
const asked: string[] = []

const site = createServer((request, response) => {
  asked.push([request.method, request.headers['x-key']].join(' '))
  // What hangs is left to the timeout.
  if (request.url === '/hang') return
  response.writeHead(request.url === '/broken' ? 500 : 200).end('{"ok":true}')
})

beforeAll(async () => {
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  target = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  server = await openTestServer({ variables: { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' } })
  ;({ alice, bob, charlie } = await gather(server))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  site.closeAllConnections()
  site.close()
})

const test = (input: object, person: Person) =>
  person.ask(
    `mutation ($input: TestMonitorInput!) { testMonitor(input: $input) { checks {
      id region outcome scheduledAt checkedAt httpStatus errorKind message dnsOk tlsOk contentOk
      latencyMs phases { resolveMs connectMs tlsMs processingMs transferMs } isLate } } }`,
    { input: { name: 'Site', kind: 'HTTP', target, ...input } },
  )

describe('testMonitor', () => {
  it('checks at once as the monitor would, and saves nothing', async () => {
    const http = { method: 'POST', headers: [{ name: 'X-Key', value: 'k' }] }
    const assertions = [{ source: 'JSON', property: '$.ok', comparison: 'EQUALS', target: 'true' }]
    const { data, errors } = await test({ http, assertions }, alice)
    expect(errors).toEqual([])
    expect(data.testMonitor.checks).toMatchObject([
      {
        region: 'local',
        outcome: 'UP',
        httpStatus: 200,
        errorKind: null,
        contentOk: true,
        latencyMs: expect.any(Number),
        phases: { connectMs: expect.any(Number), tlsMs: null },
      },
    ])
    expect(asked.at(-1)).toBe('POST k')
    const { rows } = await server.database.pool.query(
      'SELECT (SELECT count(*) FROM monitors) + (SELECT count(*) FROM checks) AS saved',
    )
    expect(rows).toEqual([{ saved: '0' }])
  })

  it('says what is wrong', async () => {
    const { data } = await test({ target: `${target}/broken` }, alice)
    expect(data.testMonitor.checks).toMatchObject([
      { outcome: 'DOWN', errorKind: 'UNEXPECTED_STATUS', httpStatus: 500 },
    ])
  })

  it('ends with the timeout', async () => {
    const { data } = await test({ target: `${target}/hang`, timeoutMs: 200 }, alice)
    expect(data.testMonitor.checks).toMatchObject([{ outcome: 'DOWN', errorKind: 'TIMEOUT' }])
  })

  it('refuses what createMonitor would refuse', async () => {
    const { errors } = await test({ target: 'http://127.0.0.2/', name: '' }, alice)
    expect(errors[0]!.extensions.issues).toEqual([
      { path: ['name'], message: 'must not be empty' },
      {
        path: ['target'],
        message:
          'must not be a loopback address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=127.0.0.2/32',
      },
    ])
  })

  it('is not for those who only view', async () => {
    const { errors } = await test({}, bob)
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN'])
  })

  it('lets a workspace test 30 times a minute', async () => {
    const answers = []
    for (let count = 0; count < 31; count += 1) answers.push(await test({ name: '' }, charlie))
    const codes = answers.map(({ errors }) => errors[0]!.extensions.code)
    expect(codes.slice(0, 30)).toEqual(Array(30).fill('BAD_USER_INPUT'))
    expect(codes[30]).toBe('RATE_LIMITED')
    expect(Number(answers[30]!.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})
