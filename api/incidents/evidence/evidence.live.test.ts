import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { PUBLIC } from '../../../agent/testing/forbidden-names.ts'
import { startHttpTarget, type TestTarget } from '../../../agent/testing/target.ts'
import { type Camera, createCamera } from '../../../camera/camera.ts'
import { unpackedBrowser } from '../../../camera/testing/camera.ts'
import { decodePng } from '../../../camera/testing/png.ts'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import type { Watched } from '../../../test/monitors.ts'
import { gather, type Person } from '../../../test/people.ts'
import { turn } from '../../../test/telling.ts'
import type { Deps } from '../../deps.ts'
import { encodeId, uuidOf } from '../../graphql/ids.ts'
import { createFolder, createMedia, type Media } from '../../platform/media.ts'
import { takeNext } from './deeds.ts'

const RUNNING = new AbortController().signal
const NOWHERE = 'http://127.0.0.1:9/'
const COOKIE = { 'content-type': 'text/html', 'set-cookie': 'sid=1' }

let server: TestServer
let alice: Person
let bob: Person
let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'pharos-evidence-'))
  const variables = {
    CHROMIUM_PATH: await unpackedBrowser(),
    DATA_DIR: dataDir,
    OUTBOUND_ALLOW_CIDRS: PUBLIC,
    PUBLIC_URL: 'https://pharos.example',
  }
  server = await openTestServer({ variables })
  ;({ alice, bob } = await gather(server))
})

// Of a workspace ten a minute are looked at.
beforeEach(() => server.database.pool.query('DELETE FROM evidence'))

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true })
})

describe('when a page fails', () => {
  test('what it answered and what it looked like is kept, without a secret', async () => {
    const target = await serve()
    const http = { headers: [{ name: 'X-Door', value: 'open sesame' }] }
    await goDown(await createMonitor({ target: `${target.url}/broken`, http }))
    expect(await incident(bob)).toMatchObject({ screenshotUrl: null, evidence: { takenAt: null } })
    expect(await takeNext(server.deps, RUNNING)).toBe(true)
    const { evidence, screenshotUrl } = await incident(bob)
    const kept = { httpStatus: 500, isAsExpected: false, bodyBytes: 75, problem: null }
    expect(evidence).toMatchObject(kept)
    expect(Date.parse(evidence.takenAt)).toBeGreaterThan(0)
    expect(evidence.headers).toContainEqual({ name: 'set-cookie', value: '[redacted]' })
    expect(evidence.body).toBe(
      '<body style="background: #a00">Your door is [redacted], api_key=[redacted]',
    )
    expect(screenshotUrl).toMatch(/^https:\/\/pharos\.example\/media\/[\w-]{22}\.png$/)
    const response = await fetch(server.url + new URL(screenshotUrl).pathname)
    const { width, height, pixel } = decodePng(new Uint8Array(await response.arrayBuffer()))
    expect([width, height, pixel(640, 400)]).toEqual([1280, 800, [0xaa, 0, 0]])
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      // A mail shows it on another origin's page.
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  test('it says where the target was as expected again', async () => {
    const target = await serve()
    await goDown(await createMonitor({ target: `${target.url}/fine`, http: { method: 'POST' } }))
    await takeNext(server.deps, RUNNING)
    expect((await incident(bob)).evidence).toMatchObject({ httpStatus: 200, isAsExpected: true })
  })

  test('whoever follows the workspace learns when it is there', async () => {
    const target = await serve()
    await goDown(await createMonitor({ target: target.url, http: { method: 'POST' } }))
    const before = await changes()
    await takeNext(server.deps, RUNNING)
    expect((await changes()).slice(before.length)).toEqual([
      { kind: 'INCIDENT', action: 'UPDATED' },
    ])
  })

  test('it is alerted of before anybody looks at the page', async () => {
    const monitor = await createMonitor({
      target: `http://${PUBLIC}:9/`,
      alertEmail: 'a@b.example',
    })
    await goDown(monitor)
    const { rows } = await server.database.pool.query(
      `SELECT a.status, e.due_at IS NOT NULL AS "isWaiting" FROM alerts a JOIN evidence e USING (incident_id)
       WHERE a.monitor_id = $1 AND a.next_attempt_at <= now()`,
      [monitor.monitorId],
    )
    expect(rows).toEqual([{ status: 'PENDING', isWaiting: true }])
    await takeAll()
  })
})

describe('there is no picture, and the incident says why', () => {
  test.each([
    [
      'where nobody answers',
      `http://${PUBLIC}:9/`,
      `There was no page to picture: ${PUBLIC}:9 refused`,
    ],
    ['where the page leads to where no check may go', null, '127.0.0.1 is a loopback address'],
  ])('%s', async (_, target, problem) => {
    await goDown(await createMonitor({ target: target ?? `${(await serve()).url}/away` }))
    await takeNext(server.deps, RUNNING)
    const { evidence, screenshotUrl } = await incident(alice)
    expect(screenshotUrl).toBeNull()
    expect(evidence).toMatchObject({ takenAt: null, httpStatus: null, headers: [], body: null })
    expect(evidence.problem).toContain(problem)
  })

  test('where a visitor sees no page, whose answer is kept all the same', async () => {
    const target = await serve()
    const http = { auth: { bearer: { token: 'open-sesame' } } }
    await goDown(await createMonitor({ target: target.url, http }))
    await takeNext(server.deps, RUNNING)
    const { evidence } = await incident(alice)
    expect(evidence.httpStatus).toBe(500)
    expect(evidence.problem).toBe('A visitor has not the credentials of the monitor')
  })

  test('where only a private agent reaches the target, and nothing is sent there', async () => {
    const target = await serve()
    const monitor = await createMonitor({ target: target.url })
    await server.database.pool.query(`UPDATE monitors SET regions = '{office}' WHERE id = $1`, [
      monitor.monitorId,
    ])
    await goDown(monitor)
    await takeNext(server.deps, RUNNING)
    expect((await incident(alice)).evidence.problem).toContain('Only a private agent')
    expect(target.accepted()).toBe(0)
  })

  test.each<[string, () => Promise<Partial<Deps>>, string]>([
    ['no browser can be started', async () => ({ camera: cameraOfNobody() }), 'could not take'],
    ['no picture can be kept', async () => ({ media: await closedMedia() }), 'could not be kept'],
  ])('where %s, and the answer is kept all the same', async (_, lacking, problem) => {
    const target = await serve()
    await goDown(await createMonitor({ target: target.url }))
    await takeNext({ ...server.deps, ...(await lacking()) }, RUNNING)
    const { evidence, screenshotUrl } = await incident(alice)
    expect(evidence).toMatchObject({ httpStatus: 500, problem: expect.stringContaining(problem) })
    expect([screenshotUrl, evidence.body]).toEqual([null, expect.stringContaining('Your door')])
  })

  test('where it was over before', async () => {
    const target = await serve()
    const monitor = await createMonitor({ target: target.url })
    await goDown(monitor)
    await turn(server.database, { ...monitor, from: 'DOWN', to: 'UP', at: Date.now() })
    await takeNext(server.deps, RUNNING)
    expect((await incident(alice)).evidence.problem).toContain('was over')
    expect(target.accepted()).toBe(0)
  })
})

test('whoever stops while the page does not answer leaves it to a successor at once', async () => {
  const stopping = new AbortController()
  await using target = await startHttpTarget(() => stopping.abort(), { host: PUBLIC })
  await goDown(await createMonitor({ target: target.url }))
  await takeNext(server.deps, stopping.signal)
  await target.quiet()
  // Instants are kept to the nearest millisecond, which may be the next one.
  const { rows } = await server.database.pool.query(
    `SELECT attempts, due_at <= now() + interval '1 ms' AS "isDue" FROM evidence`,
  )
  expect(rows).toEqual([{ attempts: 0, isDue: true }])
})

describe('what is kept', () => {
  test.each([
    'x.png',
    '..%2Fkeys',
    `${'a'.repeat(22)}.png`,
    `${'a'.repeat(22)}.svg`,
    '%00.png',
    '',
  ])('there is nothing at /media/%s', async (name) => {
    expect((await fetch(`${server.url}/media/${name}`)).status).toBe(404)
  })
})

/** Where there is nobody that the browser may run as. */
function cameraOfNobody(): Camera {
  const user = () => Promise.reject(new Error('useradd is not there'))
  return createCamera({ ...server.deps, chromiumPath: '/nowhere', dataDir, user })
}

/** A folder that is none. */
async function closedMedia(): Promise<Media> {
  await writeFile(join(dataDir, 'file'), '')
  return createMedia(createFolder(join(dataDir, 'file'), server.deps.log), null)
}

async function serve(): Promise<TestTarget> {
  const target = await startHttpTarget(
    ({ headers, url }, response) => {
      if (url === '/away') return void response.writeHead(302, { location: NOWHERE }).end()
      response.writeHead(url === '/fine' ? 200 : 500, COOKIE)
      const door = headers['x-door'] ?? 'nothing'
      response.end(
        `<body style="background: #a00">Your door is ${String(door)}, api_key=0123456789`,
      )
    },
    { host: PUBLIC },
  )
  onTestFinished(() => target[Symbol.asyncDispose]())
  return target
}

async function createMonitor(input: object): Promise<Watched> {
  const { data, errors } = await alice.ask(
    'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
    { input: { name: 'Shop', kind: 'HTTP', ...input } },
  )
  if (!data) throw new Error(JSON.stringify(errors))
  return { monitorId: uuidOf('Monitor', data.createMonitor.monitor.id), ...idsOf(alice) }
}

function goDown(...monitors: Watched[]): Promise<string[]> {
  const at = Date.now()
  return turn(
    server.database,
    ...monitors.map((one) => ({ ...one, from: 'UP' as const, to: 'DOWN' as const, at })),
  )
}

function idsOf({ workspaceId }: Person): { workspaceId: string } {
  return { workspaceId: workspaceId.includes('-') ? workspaceId : uuidOf('Workspace', workspaceId) }
}

/** The newest of the workspace. */
async function incident(person: Person) {
  const { rows } = await server.database.pool.query<{ id: string }>(
    'SELECT id FROM incidents WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1',
    [idsOf(alice).workspaceId],
  )
  const { data, errors } = await person.ask(
    `query ($id: ID!) { incident(id: $id) { screenshotUrl
       evidence { takenAt httpStatus isAsExpected headers { name value } body bodyBytes problem } } }`,
    { id: encodeId('Incident', rows[0]!.id) },
  )
  expect(errors).toEqual([])
  return data.incident
}

async function changes() {
  const { rows } = await server.database.pool.query(
    'SELECT kind, action FROM changes WHERE workspace_id = $1 ORDER BY position',
    [idsOf(alice).workspaceId],
  )
  return rows
}

async function takeAll(): Promise<void> {
  while (await takeNext(server.deps, RUNNING));
}
