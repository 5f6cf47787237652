import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../test/graphql-server.ts'
import { addMonitors, type Watched } from '../../test/monitors.ts'
import { turn } from '../../test/telling.ts'
import { encodeId } from '../graphql/ids.ts'

const PASSWORD = 'correct horse battery staple'

let server: TestServer
let alice: Caller
let bob: Caller
let charlie: Caller

type Caller = { token: string; userId: string; workspaceId: string }

beforeAll(async () => {
  server = await openTestServer()
  alice = await signUp('alice')
  bob = await signUp('bob')
  charlie = await signUp('charlie')
  const { prisma } = server.database
  const { workspaceId } = alice
  await prisma.membership.create({ data: { workspaceId, userId: bob.userId, role: 'VIEWER' } })
  await prisma.session.updateMany({ where: { userId: bob.userId }, data: { workspaceId } })
})
afterAll(() => server[Symbol.asyncDispose]())

async function signUp(name: string): Promise<Caller> {
  const { data } = await server.ask(
    'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
    { input: { email: `${name}@example.com`, password: PASSWORD, name } },
  )
  const user = await server.database.prisma.user.findUniqueOrThrow({
    where: { email: `${name}@example.com` },
    include: { memberships: true },
  })
  return {
    token: data.signUp.token,
    userId: user.id,
    workspaceId: user.memberships[0]!.workspaceId,
  }
}

const HOUR_MS = 3_600_000
const anHourAgo = Date.now() - HOUR_MS
const at = (second: number) => anHourAgo + second * 1000
const iso = (second: number) => new Date(at(second)).toISOString()

async function breakDown(): Promise<{ monitor: Watched; id: string }> {
  const [monitor] = await addMonitors(server.database, alice)
  await turn(server.database, { ...monitor!, from: 'UP', to: 'DOWN', at: at(0) })
  const { id } = await server.database.prisma.incident.findFirstOrThrow({
    where: { monitorId: monitor!.monitorId },
  })
  return { monitor: monitor!, id: encodeId('Incident', id) }
}

const INCIDENT = `query ($id: ID!) { incident(id: $id) {
  kind status startedAt acknowledgedAt acknowledgedBy { name } resolvedAt secondsToResolve cause
  screenshotUrl retractedAt monitor { id } timeline { kind at text user { name } }
  alerts { type channel recipient status attempts error sentAt }
} }`

const act = (mutation: string, input: object, { token }: Caller) =>
  server.ask(
    `mutation ($input: ${mutation[0]!.toUpperCase()}${mutation.slice(1)}Input!) {
      ${mutation}(input: $input) { incident { status acknowledgedBy { name } } } }`,
    { input },
    token,
  )

describe('an incident', () => {
  it('tells its story from opening to resolution', async () => {
    const { monitor, id } = await breakDown()
    await act('acknowledgeIncident', { id }, alice)
    await act('commentIncident', { id, text: 'Restarting it.' }, alice)
    await turn(server.database, { ...monitor, from: 'DOWN', to: 'UP', at: at(95) })
    const { data, errors } = await server.ask(INCIDENT, { id }, alice.token)
    expect(errors).toEqual([])
    expect(data.incident).toMatchObject({
      kind: 'DOWN',
      status: 'RESOLVED',
      startedAt: iso(0),
      acknowledgedBy: { name: 'alice' },
      resolvedAt: iso(95),
      secondsToResolve: 95,
      cause: 'Connection refused',
      screenshotUrl: null,
      retractedAt: null,
      monitor: { id: encodeId('Monitor', monitor.monitorId) },
      alerts: [
        { type: 'DOWN', channel: 'EMAIL', recipient: 'alice@example.com', status: 'PENDING' },
        { type: 'UP', channel: 'EMAIL', recipient: 'alice@example.com', status: 'PENDING' },
      ],
    })
    const kinds = data.incident.timeline.map((entry: { kind: string }) => entry.kind)
    expect(kinds).toEqual(['OPENED', 'RESOLVED', 'ACKNOWLEDGED', 'COMMENTED'])
  })

  it('of a stranger is not found, whatever is done with it', async () => {
    const { id } = await breakDown()
    const answers = [
      await server.ask(INCIDENT, { id }, charlie.token),
      await act('acknowledgeIncident', { id }, charlie),
      await act('withdrawAcknowledgement', { incidentId: id }, charlie),
      await act('resolveIncident', { id }, charlie),
      await act('commentIncident', { id, text: 'Hello' }, charlie),
    ]
    expect(answers.map(({ errors }) => errors[0]?.extensions.code)).toEqual(
      Array(5).fill('NOT_FOUND'),
    )
  })

  it('may be read by a viewer and not touched', async () => {
    const { id } = await breakDown()
    const { data } = await server.ask(INCIDENT, { id }, bob.token)
    expect(data.incident.status).toBe('OPEN')
    const answers = [
      await act('acknowledgeIncident', { id }, bob),
      await act('withdrawAcknowledgement', { incidentId: id }, bob),
    ]
    const codes = answers.map(({ errors }) => errors[0]?.extensions.code)
    expect(codes).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  })

  it('is given back, as often as it is asked for', async () => {
    const { id } = await breakDown()
    await act('acknowledgeIncident', { id }, alice)
    for (const _ of ['once', 'twice']) {
      const { data } = await act('withdrawAcknowledgement', { incidentId: id }, alice)
      const open = { status: 'OPEN', acknowledgedBy: null }
      expect(data.withdrawAcknowledgement.incident).toEqual(open)
    }
    const { data } = await server.ask(INCIDENT, { id }, alice.token)
    expect(data.incident.timeline.slice(2)).toEqual([
      {
        kind: 'REOPENED',
        at: expect.any(String),
        text: 'Acknowledgement withdrawn.',
        user: { name: 'alice' },
      },
    ])
  })

  it('that is resolved cannot be acknowledged', async () => {
    const { id } = await breakDown()
    const { data } = await act('resolveIncident', { id }, alice)
    expect(data.resolveIncident.incident.status).toBe('RESOLVED')
    const { errors } = await act('acknowledgeIncident', { id }, alice)
    expect(errors[0]?.extensions.code).toBe('CONFLICT')
  })

  it('refuses an empty comment by field and rule', async () => {
    const { id } = await breakDown()
    const { errors } = await act('commentIncident', { id, text: ' ' }, alice)
    expect(errors[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      issues: [{ path: ['text'], message: 'must not be empty' }],
    })
  })
})

describe('lists', () => {
  const LIST = `query ($filter: IncidentFilter, $first: Int, $after: String) {
    incidents(filter: $filter, first: $first, after: $after) {
      totalCount nodes { id status } pageInfo { hasNextPage endCursor } } }`

  it('filter, count and page incidents, newest first', async () => {
    const { monitor, id: first } = await breakDown()
    await turn(server.database, { ...monitor, from: 'DOWN', to: 'UP', at: at(10) })
    await turn(server.database, { ...monitor, from: 'UP', to: 'DOWN', at: at(20) })
    const monitorId = encodeId('Monitor', monitor.monitorId)
    const list = async (filter: object, page: object = {}) =>
      (await server.ask(LIST, { filter: { monitorId, ...filter }, ...page }, alice.token)).data
        .incidents

    expect(await list({})).toMatchObject({
      totalCount: 2,
      nodes: [{ status: 'OPEN' }, { id: first, status: 'RESOLVED' }],
    })
    expect(await list({ status: 'RESOLVED' })).toMatchObject({ totalCount: 1 })
    expect(await list({ kind: 'LATENCY' })).toMatchObject({ totalCount: 0, nodes: [] })
    expect(await list({ to: iso(20) })).toMatchObject({ nodes: [{ id: first }] })
    expect(await list({ from: iso(10) })).toMatchObject({ nodes: [{ status: 'OPEN' }] })
    const page = await list({}, { first: 1 })
    expect(page).toMatchObject({ nodes: [{ status: 'OPEN' }], pageInfo: { hasNextPage: true } })
    expect(await list({}, { first: 1, after: page.pageInfo.endCursor })).toMatchObject({
      nodes: [{ id: first }],
      pageInfo: { hasNextPage: false },
    })
  })

  it('filter alerts', async () => {
    const { monitor, id } = await breakDown()
    await turn(server.database, { ...monitor, from: 'DOWN', to: 'UP', at: at(10) })
    const list = async (filter: object) => {
      const { data } = await server.ask(
        `query ($filter: AlertFilter) { alerts(filter: $filter) {
          totalCount nodes { type incident { id } } } }`,
        { filter },
        alice.token,
      )
      return data.alerts
    }
    expect(await list({ incidentId: id })).toEqual({
      totalCount: 2,
      nodes: [
        { type: 'UP', incident: { id } },
        { type: 'DOWN', incident: { id } },
      ],
    })
    expect(await list({ incidentId: id, type: 'UP' })).toMatchObject({ totalCount: 1 })
    expect(await list({ incidentId: id, status: 'FAILED' })).toMatchObject({ totalCount: 0 })
  })

  it('show a stranger nothing', async () => {
    await breakDown()
    const { data } = await server.ask(
      '{ incidents { totalCount nodes { id } } alerts { totalCount nodes { id } } }',
      {},
      charlie.token,
    )
    const nothing = { totalCount: 0, nodes: [] }
    expect(data).toEqual({ incidents: nothing, alerts: nothing })
  })

  it('stand on the monitor, with what is wrong now', async () => {
    const { monitor, id } = await breakDown()
    const { data } = await server.ask(
      `query ($id: ID!) { monitor(id: $id) {
        openIncidents { id kind } incidents(first: 5) { totalCount nodes { id } } } }`,
      { id: encodeId('Monitor', monitor.monitorId) },
      alice.token,
    )
    expect(data.monitor).toEqual({
      openIncidents: [{ id, kind: 'DOWN' }],
      incidents: { totalCount: 1, nodes: [{ id }] },
    })
  })
})
