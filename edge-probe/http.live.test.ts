import type http from 'node:http'
import { gzipSync } from 'node:zlib'
import type dnsPacket from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { requestFor, type RequestOptions } from '../agent/testing/request.ts'
import { startHttpTarget, startTcpTarget } from '../agent/testing/target.ts'
import type { Assertion, CheckRequest } from '../core/check.ts'
import type { ProbeResult } from '../core/probe-protocol.ts'
import { type Said, startDohServer } from './testing/doh-server.ts'
import { findingsOf } from './testing/findings.ts'

const SHORT_MS = 1_000
const MEGABYTE = 1_048_576

type Seen = { method: string; headers: http.IncomingHttpHeaders; body: string }

const running = new AsyncDisposableStack()
const seen = new Map<string, Seen>()
const target = running.use(await startHttpTarget(answer))
const elsewhere = running.use(await startHttpTarget(answer))
const garbler = running.use(
  await startTcpTarget((socket) => socket.on('data', () => socket.write('220 mail\r\n\r\n'))),
)
const doh = running.use(await startDohServer(resolve))

type Case = [request: CheckRequest, found: Partial<ProbeResult>]

const CASES: Record<string, Case> = {
  'a healthy target is up': [
    to('/ok'),
    { outcome: 'UP', errorKind: null, message: null, httpStatus: 200, attempt: 0 },
  ],
  'redirects are followed five times': [to('/redirects/5'), { outcome: 'UP', httpStatus: 200 }],
  'redirects are not followed a sixth time': [
    to('/redirects/6'),
    { errorKind: 'TOO_MANY_REDIRECTS', httpStatus: 302 },
  ],
  'redirects are the answer when they are not to be followed': [
    to('/redirects/1', { followRedirects: false }),
    { outcome: 'UP', httpStatus: 302 },
  ],
  'a redirect to where no probe may go is refused': [
    to('/to?http://169.254.169.254/latest/meta-data'),
    { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET' },
  ],
  'a redirect to what is no web address is an invalid answer': [
    to('/to?ftp://files.test/'),
    { outcome: 'DOWN', errorKind: 'INVALID_RESPONSE' },
  ],
  'a redirect in UTF-8 with a space is followed': [
    to(`/to?${encodeURIComponent('/tür zu')}`),
    { outcome: 'UP' },
  ],
  'a private address is never asked': [
    requestFor('http://10.0.0.1/'),
    {
      outcome: 'UNKNOWN',
      errorKind: 'BLOCKED_TARGET',
      message:
        '10.0.0.1 is a private address; to allow it, the operator sets OUTBOUND_ALLOW_CIDRS=10.0.0.1/32',
    },
  ],
  'nor is one in another spelling': [requestFor('http://0x7f.2/'), { errorKind: 'BLOCKED_TARGET' }],
  'nor is IPv6 loopback': [requestFor('http://[::1]/'), { errorKind: 'BLOCKED_TARGET' }],
  'a status that is not expected is down': [
    to('/status/503'),
    {
      outcome: 'DOWN',
      errorKind: 'UNEXPECTED_STATUS',
      message: 'The status was 503 Service Unavailable, expected 200–399',
      httpStatus: 503,
    },
  ],
  'a status that is expected is up': [
    to('/status/404', { expectedStatus: [{ from: 404, to: 404 }] }),
    { outcome: 'UP', httpStatus: 404 },
  ],
  'a keyword that is there is found': [
    to('/ok', { assertions: [body('CONTAINS', 'lighthouse')] }),
    { outcome: 'UP', contentOk: true },
  ],
  'a keyword that is missing is told': [
    to('/ok', { assertions: [body('CONTAINS', 'harbour')] }),
    {
      outcome: 'DOWN',
      errorKind: 'ASSERTION_FAILED',
      contentOk: false,
      message: 'Body was expected to contain "harbour"',
    },
  ],
  'JSON is looked into': [
    to('/json', { assertions: [assertion('JSON', '$.lamps[*].lit', 'EQUALS', 'true')] }),
    {
      errorKind: 'ASSERTION_FAILED',
      message: 'JSON $.lamps[*].lit is false and 1 more, expected to equal "true"',
    },
  ],
  'every value of a repeated header is looked at': [
    to('/json', { assertions: [assertion('HEADER', 'set-cookie', 'CONTAINS', 'first=1')] }),
    { outcome: 'UP' },
  ],
  'a compressed body is read': [
    to('/gzip', { assertions: [body('MATCHES', '^a+$')] }),
    { outcome: 'UP', contentOk: true },
  ],
  'a body in another charset is read': [
    to('/latin1', { assertions: [body('EQUALS', 'Tür')] }),
    { outcome: 'UP' },
  ],
  'an assertion about a certificate says nothing': [
    to('/ok', { assertions: [assertion('CERTIFICATE_DAYS', null, 'GREATER_THAN', '7')] }),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' },
  ],
  'a body over 1 MB is too large for an assertion': [
    to('/endless', { assertions: [body('CONTAINS', 'x')] }),
    { outcome: 'DOWN', errorKind: 'BODY_TOO_LARGE' },
  ],
  'a body without end is up where nobody looks at it': [to('/endless'), { outcome: 'UP' }],
  'a target that never answers is down in time': [
    to('/hang', { timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', errorKind: 'TIMEOUT', httpStatus: null, latencyMs: null },
  ],
  'one that never finishes its body is down in time': [
    to('/drip', { timeoutMs: SHORT_MS }),
    { outcome: 'DOWN', errorKind: 'TIMEOUT', httpStatus: 200 },
  ],
  'a closed port is down': [
    requestFor('http://127.0.0.1:9/'),
    { outcome: 'DOWN', errorKind: 'CONNECTION_FAILED', dnsOk: null },
  ],
  'a connection that is cut is down': [
    to('/cut'),
    { outcome: 'DOWN', errorKind: 'CONNECTION_FAILED', httpStatus: 200 },
  ],
  'what is no HTTP is down': [
    requestFor(garbler.url),
    { outcome: 'DOWN', errorKind: 'CONNECTION_FAILED' },
  ],
  'what the platform does not explain says nothing': [
    requestFor(garbler.url.replace('http', 'https')),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE', tlsOk: null },
  ],
  'a name that does not exist is down': [
    requestFor('http://nowhere.invalid/'),
    { outcome: 'DOWN', errorKind: 'DNS_FAILURE', dnsOk: false },
  ],
  'a name without address is down': [
    requestFor('http://empty.invalid/'),
    { errorKind: 'DNS_FAILURE', message: 'empty.invalid exists but has no address' },
  ],
  'a name that leads to a private address says nothing': [
    requestFor('http://inside.invalid/'),
    { outcome: 'UNKNOWN', errorKind: 'BLOCKED_TARGET', dnsOk: true },
  ],
  'what Cloudflare answers in place of the target is read': [
    to('/in-place'),
    { outcome: 'DOWN', errorKind: 'CONNECTION_REFUSED', httpStatus: null },
  ],
  'a Host header cannot be chosen': [
    to('/ok', { headers: [{ name: 'host', value: 'other.test' }] }),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' },
  ],
  'a body goes with no GET': [
    to('/ok', { body: 'x' }),
    { outcome: 'UNKNOWN', errorKind: 'PROBE_FAILURE' },
  ],
  'a message is sent as it was written': [
    to('/mirror', {
      method: 'POST',
      body: '{"at":"sea"}',
      headers: [
        { name: 'Content-Type', value: 'application/json' },
        { name: 'X-Lamp', value: 'green' },
      ],
      auth: { type: 'BASIC', username: 'keeper', password: 'Öl' },
    }),
    { outcome: 'UP' },
  ],
  'a redirect elsewhere is followed': [
    to(`/to?${elsewhere.url}/elsewhere`, {
      headers: [{ name: 'X-Lamp', value: 'green' }],
      auth: { type: 'BEARER', token: 'beacon' },
    }),
    { outcome: 'UP' },
  ],
}

let findings: Record<string, ProbeResult>

beforeAll(async () => {
  const requests = Object.entries(CASES).map(([name, [request]]) => [name, request])
  const vars = { DOH_URL: doh.url, SUBREQUESTS: '1000' }
  findings = await findingsOf(Object.fromEntries(requests), { vars })
})
afterAll(() => running.disposeAsync())

test.each(Object.entries(CASES))('%s', (name, [, found]) => {
  expect(findings[name]).toMatchObject(found)
})

test('what a Worker cannot see is null, and what it sees adds up', () => {
  const { phases, latencyMs, ...found } = findings['redirects are followed five times']!
  expect(found).toMatchObject({
    dnsOk: null,
    tlsOk: null,
    certificateExpiresAt: null,
    remoteAddress: null,
    details: null,
  })
  expect(phases).toMatchObject({ resolveMs: null, connectMs: null, tlsMs: null })
  expect(phases.processingMs! + phases.transferMs!).toBeLessThanOrEqual(latencyMs!)
})

test('the message arrives', () => {
  expect(seen.get('/mirror')).toMatchObject({
    method: 'POST',
    body: '{"at":"sea"}',
    headers: {
      'content-type': 'application/json',
      'x-lamp': 'green',
      authorization: `Basic ${Buffer.from('keeper:Öl').toString('base64')}`,
      'user-agent': 'Pharos/0.1 (uptime check)',
    },
  })
})

test('nothing secret goes elsewhere', () => {
  const { headers } = seen.get('/elsewhere')!
  expect(headers).not.toHaveProperty('x-lamp')
  expect(headers).not.toHaveProperty('authorization')
})

test('only what failed was looked up', () => {
  const names = doh.questions.map(({ name }) => name)
  expect(new Set(names)).toEqual(new Set(['nowhere.invalid', 'empty.invalid', 'inside.invalid']))
})

function to(path: string, options: RequestOptions = {}): CheckRequest {
  return requestFor(`${target.url}${path}`, options)
}

function body(comparison: Assertion['comparison'], text: string): Assertion {
  return assertion('BODY', null, comparison, text)
}

function assertion(
  source: Assertion['source'],
  property: string | null,
  comparison: Assertion['comparison'],
  text: string,
): Assertion {
  return { source, property, comparison, target: text }
}

function resolve({ name, type }: dnsPacket.Question): Said {
  if (name === 'nowhere.invalid') return { code: 3 }
  const isInside = name === 'inside.invalid' && type === 'A'
  return isInside ? { answers: [{ name, type: 'A', data: '10.0.0.7' }] } : {}
}

async function answer(request: http.IncomingMessage, response: http.ServerResponse) {
  const { pathname, search } = new URL(request.url ?? '', 'http://target')
  const content = (await request.toArray()).join('')
  seen.set(pathname, { method: request.method ?? '', headers: request.headers, body: content })
  const [, page = '', argument = ''] = pathname.split('/')
  const turn = PAGES[page]
  if (turn) turn(response, argument, decodeURIComponent(search.slice(1)))
  else response.end('The lighthouse is lit')
}

type Turn = (response: http.ServerResponse, argument: string, query: string) => void

const PAGES: Record<string, Turn> = {
  redirects: (response, left) =>
    left === '0'
      ? response.end()
      : response.writeHead(302, { location: `/redirects/${Number(left) - 1}` }).end(),
  to: (response, _, location) =>
    response.writeHead(302, { location: Buffer.from(location).toString('latin1') }).end(),
  status: (response, status) => response.writeHead(Number(status)).end(),
  json: (response) =>
    response
      .setHeader('set-cookie', ['first=1', 'second=2'])
      .end(JSON.stringify({ lamps: [{ lit: true }, { lit: false }] })),
  gzip: (response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync('a'.repeat(1_000))),
  latin1: (response) =>
    response
      .setHeader('content-type', 'text/plain; charset=iso-8859-1')
      .end(Buffer.from('Tür', 'latin1')),
  endless: (response) => {
    const pour = () => void response.write(Buffer.alloc(MEGABYTE / 4, 'x'))
    response.on('drain', pour)
    pour()
  },
  hang: () => {},
  drip: (response) => void response.write('a'),
  cut: (response) => {
    response.writeHead(200, { 'content-length': 100 }).write('abc')
    setImmediate(() => response.destroy())
  },
  'in-place': (response) =>
    response.writeHead(521, { server: 'cloudflare', 'content-length': 15 }).end('error code: 521'),
}
