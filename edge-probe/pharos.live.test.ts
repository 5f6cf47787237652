import type dnsPacket from 'dns-packet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHttpTarget, startTcpTarget } from '../agent/testing/target.ts'
import { eventually } from '../test/eventually.ts'
import { openTestServer } from '../test/graphql-server.ts'
import { type Person, signUp } from '../test/people.ts'
import { registerProbe } from '../test/probe.ts'
import type { EdgeRegion, ProbeKey } from './settings.ts'
import { type Said, startDohServer } from './testing/doh-server.ts'
import { startEdge } from './testing/edge.ts'

const REGIONS = ['weur', 'enam', 'apac'] as const
const DEADLINE_MS = 45_000

const CREATE = `mutation ($input: CreateMonitorInput!) {
  createMonitor(input: $input) { monitor { id } } }`
const READ = `query ($id: ID!, $region: String) { monitor(id: $id) {
  status
  checks(first: 1, region: $region) { nodes {
    outcome region attempt httpStatus dnsOk tlsOk contentOk latencyMs
    phases { resolveMs connectMs tlsMs processingMs transferMs } } } } }`

const running = new AsyncDisposableStack()
const web = running.use(await startHttpTarget((_, response) => response.end('lit')))
const mail = running.use(await startTcpTarget((socket) => socket.write('220 ready')))
const doh = running.use(await startDohServer(tell))
let alice: Person
const ids = new Map<string, string>()

const ms = expect.any(Number) as number
const nothing = {
  resolveMs: null,
  connectMs: null,
  tlsMs: null,
  processingMs: null,
  transferMs: null,
}

type Case = { input: object; found: object }

const CASES: Record<string, Case> = {
  HTTP: {
    input: {
      target: web.url,
      assertions: [{ source: 'BODY', comparison: 'EQUALS', target: 'lit' }],
    },
    found: {
      httpStatus: 200,
      contentOk: true,
      phases: { ...nothing, processingMs: ms, transferMs: ms },
    },
  },
  TCP: {
    input: { target: `127.0.0.1:${mail.port}`, tcp: { expect: '^220 ' } },
    found: { httpStatus: null, contentOk: true, phases: { ...nothing, processingMs: ms } },
  },
  DNS: {
    input: { target: 'shop.example.com', dns: { recordType: 'A' } },
    found: { httpStatus: null, dnsOk: true, phases: { ...nothing, resolveMs: ms } },
  },
}

beforeAll(async () => {
  const variables = { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' }
  const server = running.use(await openTestServer({ variables }))
  alice = await signUp(server, 'alice')
  const keys = await Promise.all(REGIONS.map(register))
  await Promise.all(Object.entries(CASES).map(([kind, { input }]) => create(kind, input)))
  const vars = { DOH_URL: doh.url }
  const edge = running.use(await startEdge({ pharosUrl: server.url, keys, vars }))
  await edge.cron()
})
afterAll(() => running.disposeAsync())

test.each(Object.entries(CASES))(
  '%s is checked from three regions, and what they cannot see is null',
  async (kind, { found }) => {
    for (const region of REGIONS) {
      const check = await soon(`${region} has checked`, () => lastCheck(kind, region))
      expect(check).toMatchObject({ outcome: 'UP', region, tlsOk: null, latencyMs: ms, ...found })
    }
    await soon('it is up by the votes of all', async () => (await statusOf(kind)) === 'UP')
  },
)

test('the probes are seen, with what they can do', async () => {
  const { data } = await alice.ask(
    '{ probes { region isOnline version capabilities refusedCount } }',
  )
  expect(data.probes).toHaveLength(REGIONS.length)
  for (const { capabilities, ...probe } of data.probes) {
    expect(probe).toMatchObject({ isOnline: true, version: '0.1.0', refusedCount: 0 })
    expect(capabilities.toSorted()).toEqual(['DNS', 'HTTP', 'TCP'])
  }
})

function soon<T>(what: string, ask: () => Promise<T>) {
  return eventually(what, ask, DEADLINE_MS)
}

async function register(region: EdgeRegion): Promise<ProbeKey> {
  const { keyId, secret } = await registerProbe(alice, region, { kind: 'EDGE' })
  return { region, probeId: keyId, secret }
}

async function create(kind: string, input: object): Promise<void> {
  const monitor = { name: kind, kind, regions: REGIONS, intervalSeconds: 10, timeoutMs: 5_000 }
  const { data } = await alice.ask(CREATE, { input: { ...monitor, ...input } })
  ids.set(kind, data.createMonitor.monitor.id)
}

async function lastCheck(kind: string, region: EdgeRegion) {
  const { data } = await alice.ask(READ, { id: ids.get(kind), region })
  return data.monitor.checks.nodes[0]
}

async function statusOf(kind: string): Promise<string> {
  const { data } = await alice.ask(READ, { id: ids.get(kind) })
  return data.monitor.status
}

function tell({ name }: dnsPacket.Question): Said {
  return { answers: [{ name, type: 'A', data: '192.0.2.7' }] }
}
