import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { FindingDetails } from '../../../core/check.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, type Person } from '../../../test/people.ts'
import { report } from '../../../test/reports.ts'
import { keepPartitions } from '../../checks/partitions/deeds.ts'
import { uuidOf } from '../../graphql/ids.ts'

let server: TestServer
let alice: Person
let charlie: Person

beforeAll(async () => {
  server = await openTestServer({ variables: { OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32' } })
  ;({ alice, charlie } = await gather(server))
  await keepPartitions(server.deps)
})
afterAll(() => server[Symbol.asyncDispose]())

const BLOCKS = `http { method } tcp { tls verifyTls send expect } ping { packets maxLossPercent }
  dns { recordType resolver responseCode } tls { serverName verifyChain }
  heartbeat { periodSeconds cron timeZone graceSeconds }`

async function create(input: object, person = alice) {
  const { data, errors } = await person.ask(
    `mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor {
      id kind target intervalSeconds timeoutMs regions quorum failureThreshold status ${BLOCKS} } } }`,
    { input: { name: 'Shop', ...input } },
  )
  const issues = errors.flatMap(({ extensions }) => extensions.issues ?? [])
  return { monitor: data?.createMonitor?.monitor, issues }
}

const addProbe = (region: string, workspaceId: string, more = {}) =>
  server.database.prisma.probe.create({
    data: { workspaceId, region, name: region, kind: 'AGENT', secret: Buffer.of(), ...more },
  })

const others = { http: null, tcp: null, ping: null, dns: null, tls: null, heartbeat: null }

describe('createMonitor', () => {
  it.each([
    ['TCP', 'db.example.com:5432', 'tcp', { tls: true, send: 'x', expect: '^y', verifyTls: true }],
    [
      'DNS',
      'example.com',
      'dns',
      { recordType: 'MX', resolver: '1.1.1.1', responseCode: 'NOERROR' },
    ],
    ['TLS', 'example.com:443', 'tls', { serverName: 'www.example.com', verifyChain: false }],
  ])('of kind %s shows its block and no other', async (kind, target, block, expectations) => {
    const { monitor, issues } = await create({ kind, target, [block]: expectations })
    expect(issues).toEqual([])
    expect(monitor).toMatchObject({ kind, target, ...others, [block]: expectations })
  })

  it('of a heartbeat plans no check, and waits for the first call', async () => {
    const heartbeat = { cron: '*/15 * * * *', timeZone: 'Europe/Berlin', graceSeconds: 60 }
    const { monitor } = await create({ kind: 'HEARTBEAT', heartbeat })
    expect(monitor).toMatchObject({
      ...others,
      heartbeat: { ...heartbeat, periodSeconds: null },
      target: '',
      intervalSeconds: 900,
      timeoutMs: 60_000,
      regions: ['heartbeat'],
      failureThreshold: 1,
      status: 'PENDING',
    })
    const where = { monitorId: uuidOf('Monitor', monitor.id) }
    expect(await server.database.prisma.assignment.count({ where })).toBe(0)
    expect(await server.database.prisma.regionVote.findMany({ where })).toMatchObject([
      { region: 'heartbeat', silenceCheckAt: null },
    ])
  })
})

describe('regions', () => {
  const tcp = { kind: 'TCP', target: 'db.example.com:5432' }

  it('are those of the own live probes and of shared ones', async () => {
    await addProbe('berlin', alice.workspaceId)
    await addProbe('weur', charlie.workspaceId, { kind: 'EDGE', isShared: true })
    await addProbe('oslo', charlie.workspaceId)
    await addProbe('paris', alice.workspaceId, { revokedAt: new Date() })
    const wish = (regions: string[]) => create({ ...tcp, regions, quorum: 2 })
    expect((await wish(['local', 'berlin', 'weur'])).monitor).toMatchObject({
      regions: ['local', 'berlin', 'weur'],
      quorum: 2,
    })
    for (const region of ['oslo', 'paris', 'moon']) {
      expect((await wish(['local', region])).issues).toEqual([
        { path: ['regions', 1], message: 'must be one of local, berlin, weur' },
      ])
    }
  })

  it('are refused where their probes cannot run the kind', async () => {
    await addProbe('rome', alice.workspaceId, { capabilities: ['HTTP'] })
    expect((await create({ ...tcp, regions: ['rome'] })).issues).toEqual([
      {
        path: ['regions', 0],
        message: 'cannot run TCP: what can be checked from rome is HTTP',
      },
    ])
  })

  it('elsewhere have an assignment that nobody leases', async () => {
    await addProbe('vienna', alice.workspaceId)
    const { monitor } = await create({ ...tcp, regions: ['local', 'vienna'] })
    const rows = await server.database.prisma.assignment.findMany({
      where: { monitorId: uuidOf('Monitor', monitor.id) },
      orderBy: { region: 'asc' },
    })
    expect(rows).toMatchObject([
      { region: 'local', claimableAt: expect.any(Date) },
      { region: 'vienna', claimableAt: null, isLeased: false },
    ])
  })
})

describe('testMonitor', () => {
  const test = (input: object) =>
    alice.ask(
      `mutation ($input: TestMonitorInput!) { testMonitor(input: $input) { checks {
        outcome message phases { connectMs } } } }`,
      { input: { name: 'Shop', ...input } },
    )

  it('checks as the kind is checked', async () => {
    const queue = createServer((socket) => socket.end('220 ready\r\n'))
    await new Promise<void>((resolve) => queue.listen(0, '127.0.0.1', resolve))
    const target = `127.0.0.1:${(queue.address() as AddressInfo).port}`
    const { data } = await test({ kind: 'TCP', target, tcp: { expect: '^220 ' } })
    queue.close()
    expect(data.testMonitor.checks).toMatchObject([
      { outcome: 'UP', message: null, phases: { connectMs: expect.any(Number) } },
    ])
  })

  it('has nowhere to go for a heartbeat', async () => {
    const { errors } = await test({ kind: 'HEARTBEAT' })
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', issues: [{ path: ['kind'] }] } },
    ])
  })
})

describe('the details of a check', () => {
  const validFrom = Date.parse('2026-01-01T00:00:00Z')
  const validTo = Date.parse('2027-01-01T00:00:00Z')
  const link = { subject: 'shop.example.com', issuer: 'Test CA' }
  const findings: [FindingDetails, object][] = [
    [
      { kind: 'PING', sent: 3, received: 2, minMs: 1.5, maxMs: 2.5 },
      { __typename: 'PingDetails', sent: 3, received: 2, minMs: 1.5, maxMs: 2.5 },
    ],
    [
      { kind: 'DNS', responseCode: 'NOERROR', records: ['10 mail.example.com'] },
      { __typename: 'DnsDetails', responseCode: 'NOERROR', records: ['10 mail.example.com'] },
    ],
    [
      { kind: 'TLS', protocol: 'TLSv1.3', cipher: 'X', chain: [{ ...link, validFrom, validTo }] },
      {
        __typename: 'TlsDetails',
        protocol: 'TLSv1.3',
        chain: [{ ...link, validTo: '2027-01-01T00:00:00.000Z' }],
      },
    ],
    [
      { kind: 'HEARTBEAT', runMs: 1_200, exitCode: 1 },
      { __typename: 'HeartbeatDetails', runMs: 1_200, exitCode: 1 },
    ],
  ]

  it.each(findings)('are shown as they were found: %j', async (details, shown) => {
    const { monitor } = await create({ kind: 'HTTP', target: 'https://shop.example.com/' })
    await report(server.deps, uuidOf('Monitor', monitor.id), [{ outcome: 'UP', details }])
    const { data, errors } = await alice.ask(
      `query ($id: ID!) { monitor(id: $id) { lastCheck { details { __typename
        ... on PingDetails { sent received minMs maxMs }
        ... on DnsDetails { responseCode records }
        ... on TlsDetails { protocol chain { subject issuer validTo } }
        ... on HeartbeatDetails { runMs exitCode } } } } }`,
      { id: monitor.id },
    )
    expect(errors).toEqual([])
    expect(data.monitor.lastCheck.details).toMatchObject(shown)
  })
})
