import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyOf } from '../../graphql/ids.ts'
import { toCheckRequest } from '../monitor.ts'
import { codesOf, type EditingStage, issuesOf, openEditingStage, shop } from './testing/stage.ts'

let stage: EditingStage

beforeAll(async () => {
  stage = await openEditingStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('createMonitor', () => {
  it('answers with the monitor, its defaults filled in', async () => {
    const { data } = await stage.act('createMonitor', shop)
    expect(data.createMonitor.monitor).toMatchObject({
      ...shop,
      status: 'PENDING',
      intervalSeconds: 60,
      timeoutMs: 10_000,
      isActive: true,
      regions: ['local'],
      failureThreshold: 3,
      http: { method: 'GET', headerNames: [], expectedStatus: [{ from: 200, to: 399 }] },
      lastCheck: null,
      votes: [{ region: 'local', vote: 'PENDING', isFresh: false, ageSeconds: null }],
    })
  })

  it('asks for the first check at once', async () => {
    const { key } = await stage.create()
    const { claimableAt, slotAt, attempt } = await stage.assignmentOf(key)
    const { createdAt } = await stage.rowOf(key)
    expect({ claimableAt, slotAt, attempt }).toEqual({
      claimableAt: createdAt,
      slotAt: createdAt,
      attempt: 0,
    })
  })

  it('names every field and the rule it broke', async () => {
    const answer = await stage.act('createMonitor', {
      ...shop,
      name: '',
      target: 'http://169.254.169.254/latest',
      intervalSeconds: 5,
      timeoutMs: 5_000,
      http: { headers: [{ name: 'Host ', value: 'x' }] },
    })
    expect(codesOf(answer)).toEqual(['BAD_USER_INPUT'])
    expect(issuesOf(answer)).toEqual([
      'name must not be empty',
      'intervalSeconds must be a whole number from 10 to 86400',
      'target must not be a cloud metadata address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=169.254.169.254/32',
      "http.headers.0.name must be a header name: letters, digits and !#$%&'*+-.^_`|~",
    ])
  })

  it('is not for those who only view, nor for those who are not signed in', async () => {
    expect(codesOf(await stage.act('createMonitor', shop, stage.bob))).toEqual(['FORBIDDEN'])
    const stranger = await stage.ask(
      'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }',
      { input: shop },
    )
    expect(codesOf(stranger)).toEqual(['UNAUTHENTICATED'])
  })
})

describe("a workspace's plan", () => {
  const allow = (data: { maxMonitors?: number; minIntervalSeconds?: number }) =>
    stage.database.prisma.workspace.update({ where: { id: stage.charlie.workspaceId }, data })

  it('lets in as many monitors as it allows, however many come at once', async () => {
    await allow({ maxMonitors: 5 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => stage.act('createMonitor', shop, stage.charlie)),
    )
    const refused = answers.filter(({ errors }) => errors.length > 0)
    expect(refused).toHaveLength(15)
    expect(new Set(refused.flatMap(codesOf))).toEqual(new Set(['LIMIT_REACHED']))
    const where = { workspaceId: stage.charlie.workspaceId }
    expect(await stage.database.prisma.monitor.count({ where })).toBe(5)
  })

  it('sets the shortest interval, for a new monitor and for a change', async () => {
    await allow({ maxMonitors: 6, minIntervalSeconds: 60 })
    const hasty = await stage.act('createMonitor', { ...shop, intervalSeconds: 59 }, stage.charlie)
    expect(codesOf(hasty)).toEqual(['LIMIT_REACHED'])
    expect(issuesOf(hasty)).toEqual([
      "intervalSeconds must be at least 60 on this workspace's plan",
    ])
    const { data } = await stage.act(
      'createMonitor',
      { ...shop, intervalSeconds: 60 },
      stage.charlie,
    )
    const { id } = data.createMonitor.monitor
    const hastened = await stage.act('updateMonitor', { id, intervalSeconds: 59 }, stage.charlie)
    expect(codesOf(hastened)).toEqual(['LIMIT_REACHED'])
  })
})

describe('secrets', () => {
  const secrets = ['planted-header-9f3a', 'planted-user-77c1', 'planted-password-e08d']
  const http = {
    headers: [{ name: 'X-Api-Key', value: secrets[0] }],
    auth: { basic: { username: secrets[1], password: secrets[2] } },
  }
  const leaks = (text: string) => secrets.filter((secret) => text.includes(secret))

  it('are in no answer and no column, and reach the probe', async () => {
    const created = await stage.act('createMonitor', { ...shop, http })
    const { id, http: shown } = created.data.createMonitor.monitor
    const changed = await stage.act('updateMonitor', {
      id,
      name: 'Store',
      http: { method: 'HEAD' },
    })
    expect(shown).toMatchObject({ headerNames: ['X-Api-Key'], authType: 'BASIC' })
    expect(leaks(JSON.stringify([created.data, changed.data]))).toEqual([])

    const key = keyOf('Monitor', id)
    const { secrets: sealed, ...row } = await stage.rowOf(key)
    const stored = JSON.stringify(row) + Buffer.from(sealed!).toString('latin1')
    expect(leaks(stored)).toEqual([])
    expect(toCheckRequest(await stage.rowOf(key), stage.deps.keyring).expectations).toMatchObject({
      method: 'HEAD',
      headers: http.headers,
      auth: { type: 'BASIC', username: secrets[1], password: secrets[2] },
    })
  })

  it('of one monitor cannot be opened as those of another', async () => {
    const mine = await stage.rowOf((await stage.create({ http })).key)
    const other = await stage.rowOf((await stage.create()).key)
    expect(() => toCheckRequest({ ...other, secrets: mine.secrets }, stage.deps.keyring)).toThrow()
  })

  it('are refused by name of the field alone', async () => {
    const headers = [{ name: 'X-Api-Key', value: `${secrets[0]}\n` }]
    const { errors } = await stage.act('createMonitor', { ...shop, http: { headers } })
    expect(errors).toHaveLength(1)
    expect(leaks(JSON.stringify(errors))).toEqual([])
  })
})
