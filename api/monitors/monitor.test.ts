import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createKeyring } from '../platform/keyring.ts'
import { parseNewMonitor } from './input/input.ts'
import {
  judgeChange,
  type MonitorSettings,
  readSettings,
  sealSettings,
  showAssertions,
  showHttp,
  toCheckRequest,
} from './monitor.ts'

const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])
const owner = { id: 'row', workspaceId: 'workspace' }

const settings = parseNewMonitor(
  {
    name: 'Shop',
    kind: 'HTTP',
    target: 'https://shop.example.com/',
    http: {
      headers: [{ name: 'X-Key', value: 'secret' }],
      auth: { bearer: { token: 'secret' } },
      body: 'shown',
    },
    assertions: [{ source: 'BODY', property: null, comparison: 'CONTAINS', target: 'ok' }],
  },
  { allow: [] },
)

const rowOf = (of: MonitorSettings): Parameters<typeof readSettings>[0] => ({
  ...owner,
  ...of,
  ...sealSettings(owner, of, keyring),
})

describe('judgeChange', () => {
  const nothing = { judgesAnew: false, addedRegions: [] }
  const changes: [string, Partial<MonitorSettings>, object][] = [
    ['nothing', {}, {}],
    ['the name', { name: 'Store' }, {}],
    ['the alert e-mail', { alertEmail: 'a@example.com' }, {}],
    ['the target', { target: 'https://a.example.com/' }, { judgesAnew: true }],
    ['the interval', { intervalSeconds: 30 }, { judgesAnew: true }],
    ['the timeout', { timeoutMs: 5_000 }, { judgesAnew: true }],
    [
      'a header',
      { http: { ...settings.http, headers: [{ name: 'X-Key', value: 'other' }] } },
      { judgesAnew: true },
    ],
    ['the assertions', { assertions: [] }, { judgesAnew: true }],
    ['a threshold', { failureThreshold: 5 }, { judgesAnew: true }],
    ['the latency threshold', { latencyThresholdMs: 100 }, { judgesAnew: true }],
    ['the quorum', { quorum: 1 }, { judgesAnew: true }],
    ['the regions', { regions: ['weur'] }, { judgesAnew: true, addedRegions: ['weur'] }],
  ]

  it.each(changes)('of %s', (_, change, verdict) => {
    expect(judgeChange(settings, { ...settings, ...change })).toEqual({ ...nothing, ...verdict })
  })
})

describe('a stored monitor', () => {
  it('shows names of headers and the type of credentials, and hides the rest', () => {
    const { http } = sealSettings(owner, settings, keyring)
    expect(showHttp(http)).toMatchObject({
      headerNames: ['X-Key'],
      authType: 'BEARER',
      body: 'shown',
    })
    expect(JSON.stringify(http)).not.toContain('secret')
  })

  it('is read back as it was', () => {
    const row = rowOf(settings)
    expect(readSettings(row, keyring)).toMatchObject(settings)
    expect(toCheckRequest(row, keyring)).toEqual({
      kind: 'HTTP',
      target: settings.target,
      timeoutMs: settings.timeoutMs,
      http: settings.http,
      assertions: settings.assertions,
    })
  })

  it('holds nothing sealed where there is nothing secret', () => {
    const plain = { ...settings, http: { ...settings.http, headers: [], auth: null } }
    expect(sealSettings(owner, plain, keyring).httpSecrets).toBeNull()
  })

  const poisons: [string, object][] = [
    ['its HTTP expectations are none', { http: { bad: 1 } }],
    ['it has none', { http: null }],
    ['its assertions are none', { assertions: [{ source: 'MOON' }] }],
    ['its secrets are not sealed', { httpSecrets: Buffer.from('plain') }],
    ['its secrets were sealed for another row', { id: 'other' }],
  ]

  it.each(poisons)('cannot be read where %s', (_, poison) => {
    const row = { ...rowOf(settings), ...poison }
    expect(() => toCheckRequest(row, keyring)).toThrow()
    expect(readSettings(row, keyring)).toBeNull()
  })

  it('can still be shown then', () => {
    expect(showHttp({ bad: 1 })).toBeNull()
    expect(showAssertions([{ source: 'MOON' }])).toEqual([])
  })
})
