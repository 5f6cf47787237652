import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addChannel } from '../../../test/channels.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { addMonitors, type Watched } from '../../../test/monitors.ts'
import { createApiKey, gather, type Person } from '../../../test/people.ts'
import { turn } from '../../../test/telling.ts'
import { encodeId } from '../../graphql/ids.ts'
import { exportRoutes } from './http.ts'

const HEAD =
  'id,createdAt,type,status,monitorId,monitor,target,incidentId,channel,channelId,channelName,recipient,round,attempts,sentAt,error,withheldReason,reviewAt'

let app: TestServer
let alice: Person
let charlie: Person
let monitor: Watched

beforeAll(async () => {
  app = await openTestServer()
  ;({ alice, charlie } = await gather(app))
  await addChannel(app.deps, alice.workspaceId, { webhook: { url: 'https://hooks.example/' } })
  ;[monitor] = (await addMonitors(app.database, { workspaceId: alice.workspaceId })) as [Watched]
  await app.database.pool.query('UPDATE monitors SET name = $1', [
    '=HYPERLINK("http://evil"), "x"\r\ny',
  ])
  const at = Date.now() - 60_000
  await turn(app.database, { ...monitor, from: 'UP', to: 'DOWN', at })
  await turn(app.database, { ...monitor, from: 'DOWN', to: 'UP', at: at + 1_000 })
})
afterAll(() => app[Symbol.asyncDispose]())

const fetchCsv = (query = '', token: string | null = alice.token, headers = {}) =>
  fetch(`${app.url}/alerts.csv${query}`, {
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  })

async function linesOf(query: string): Promise<string[]> {
  const text = await (await fetchCsv(query)).text()
  // The name of the monitor has a line break of its own.
  return text.split(/\r\n(?!y)/).slice(1, -1)
}

describe('the export', () => {
  it('holds every alert, newest first, and no formula', async () => {
    const response = await fetchCsv()
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="alerts.csv"')
    const text = await response.text()
    expect(text.startsWith(`${HEAD}\r\n`)).toBe(true)
    const types = (await linesOf('')).map((line) => line.split(',')[2])
    expect(types.toSorted()).toEqual(['DOWN', 'DOWN', 'UP', 'UP'])
    expect(text).toContain(`"'=HYPERLINK(""http://evil""), ""x""\r\ny"`)
    expect(text).not.toMatch(/[,"]=HYPERLINK/)
  })

  it.each([
    ['?type=DOWN', 2],
    ['?type=DOWN,UP&status=PENDING', 4],
    ['?status=SENT,FAILED', 0],
    ['?withheldReason=OVER', 0],
    ['?from=2026-01-01T00:00:00Z', 4],
    ['?to=2026-01-01T00:00:00Z', 0],
  ])('%s: %d', async (query, count) => {
    expect(await linesOf(query)).toHaveLength(count)
  })

  it('may be of one channel, or one monitor', async () => {
    const { rows } = await app.database.pool.query<{ id: string }>('SELECT id FROM channels')
    const channelId = encodeId('Channel', rows[0]!.id)
    const lines = await linesOf(`?channelId=${channelId}`)
    const told = `,WEBHOOK,${channelId},Ops,hooks.example,`
    expect(lines.map((line) => line.includes(told))).toEqual([true, true])
    expect(await linesOf(`?monitorId=${encodeId('Monitor', monitor.monitorId)}`)).toHaveLength(4)
  })

  it('says where it ends before its time, and goes on from there', async () => {
    const routes = exportRoutes(app.deps, 3)
    const linesFrom = async (query = '') => {
      const headers = { authorization: `Bearer ${alice.token}` }
      const text = await (await routes.request(`/alerts.csv${query}`, { headers })).text()
      return text.split(/\r\n(?!y)/).slice(1, -1)
    }
    const first = await linesFrom('?from=2026-01-01T00:00:00Z&type=DOWN,UP')
    const [, before = ''] =
      /^CUT after 3 alerts: ask for the rest with before=([\w-]+),+$/.exec(first[3] ?? '') ?? []
    expect(before).toBe(first[2]?.split(',')[0])
    const second = await linesFrom(`?before=${before}`)
    expect(second.map((line) => first.includes(line))).toEqual([false])
  })

  it('is read in pages without end, and each alert once', async () => {
    await app.database.pool.query(
      `INSERT INTO alerts (workspace_id, monitor_id, incident_id, type, channel, recipient, round)
       SELECT workspace_id, monitor_id, incident_id, 'DOWN', 'EMAIL', 'ada@example.com', n
       FROM (SELECT * FROM alerts LIMIT 1) a, generate_series(1000, 3500) n`,
    )
    const ids = (await linesOf('?type=DOWN')).map((line) => line.split(',')[0])
    expect([ids.length, new Set(ids).size]).toEqual([2_503, 2_503])
  })

  it.each([
    ['no credentials', '', () => null, 401],
    ['a token of nobody', '', () => 'x'.repeat(43), 401],
    ['a field that is none', '?nope=1', () => alice.token, 400],
    ['a type that is none', '?type=FIRE', () => alice.token, 400],
    ['an instant that is none', '?from=yesterday', () => alice.token, 400],
    ['an id that is none', '?channelId=x', () => alice.token, 404],
  ])('is refused with %s', async (_, query, token, status) => {
    expect((await fetchCsv(query, token())).status).toBe(status)
  })

  it('is for keys that may see alerts, and shows nothing of other workspaces', async () => {
    const [may, mayNot] = [
      await createApiKey(alice, ['INCIDENTS_READ']),
      await createApiKey(alice, ['MONITORS_READ']),
    ]
    expect((await fetchCsv('?type=UP', may)).status).toBe(200)
    expect((await fetchCsv('', mayNot)).status).toBe(403)
    expect(await (await fetchCsv('', charlie.token)).text()).toBe(`${HEAD}\r\n`)
  })

  it('is made so many times a minute', async () => {
    const answers = await Promise.all(
      Array.from({ length: 31 }, () => fetchCsv('?type=UP', charlie.token)),
    )
    expect(answers.map(({ status }) => status)).toContain(429)
  })
})

it('lists alerts by channel, contact, reason and time', async () => {
  const count = async (filter: object) => {
    const { data, errors } = await alice.ask(
      'query ($filter: AlertFilter) { alerts(filter: $filter, first: 1) { totalCount nodes { via { name } round reviewAt withheldReason } } }',
      { filter },
    )
    expect(errors).toEqual([])
    return data.alerts
  }
  const { rows } = await app.database.pool.query<{ id: string }>('SELECT id FROM channels')
  const ofChannel = await count({ channelId: encodeId('Channel', rows[0]!.id) })
  expect(ofChannel).toEqual({
    totalCount: 2,
    nodes: [{ via: { name: 'Ops' }, round: 0, reviewAt: null, withheldReason: null }],
  })
  expect(await count({ withheldReason: ['OVER'] })).toMatchObject({ totalCount: 0 })
  expect(await count({ type: ['UP'], from: '2026-01-01T00:00:00Z' })).toMatchObject({
    totalCount: 2,
  })
  expect(await count({ to: '2026-01-01T00:00:00Z' })).toMatchObject({ totalCount: 0 })
})
