import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { HttpExpectations } from '../../core/check.ts'
import { testScope } from '../../test/scope.ts'
import { createKeyring } from '../platform/keyring.ts'
import { parseNewMonitor } from './input/input.ts'
import { shownHttp } from './kinds/http/stored.ts'
import { shownBy } from './kinds/shown.ts'
import {
  judgeChange,
  type MonitorSettings,
  readSettings,
  sealSettings,
  showAssertions,
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
  testScope,
)

/** The same expectations, but for these. */
const http = (change: Partial<HttpExpectations>) => ({
  kind: 'HTTP' as const,
  expectations: { ...(settings.expectations as HttpExpectations), ...change },
})

const rowOf = (of: MonitorSettings): Parameters<typeof readSettings>[0] => ({
  ...owner,
  ...of,
  ...sealSettings(owner, of, keyring),
})

describe('judgeChange', () => {
  const nothing = { judgesAnew: false, movesTarget: false, addedRegions: [] }
  const changes: [string, object, object][] = [
    ['nothing', {}, {}],
    ['the name', { name: 'Store' }, {}],
    ['the alert e-mail', { alertEmail: 'a@example.com' }, {}],
    ['the target', { target: 'https://a.example.com/' }, { judgesAnew: true, movesTarget: true }],
    ['the interval', { intervalSeconds: 30 }, { judgesAnew: true }],
    ['the timeout', { timeoutMs: 5_000 }, { judgesAnew: true }],
    ['a header', http({ headers: [{ name: 'X-Key', value: 'other' }] }), { judgesAnew: true }],
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
    const { expectations } = sealSettings(owner, settings, keyring)
    expect(expectations).toMatchObject({
      headerNames: ['X-Key'],
      authType: 'BEARER',
      body: 'shown',
    })
    expect(JSON.stringify(expectations)).not.toContain('secret')
  })

  it('is read back as it was', () => {
    const row = rowOf(settings)
    expect(readSettings(row, keyring)).toMatchObject(settings)
    expect(toCheckRequest(row, keyring)).toEqual({
      kind: 'HTTP',
      target: settings.target,
      timeoutMs: settings.timeoutMs,
      expectations: settings.expectations,
      assertions: settings.assertions,
    })
  })

  it('holds nothing sealed where there is nothing secret', () => {
    const plain = { ...settings, ...http({ headers: [], auth: null }) }
    expect(sealSettings(owner, plain, keyring).secrets).toBeNull()
  })

  const poisons: [string, object][] = [
    ['its HTTP expectations are none', { expectations: { bad: 1 } }],
    ['it has none', { expectations: null }],
    ['its assertions are none', { assertions: [{ source: 'MOON' }] }],
    ['its secrets are not sealed', { secrets: Buffer.from('plain') }],
    ['its secrets were sealed for another row', { id: 'other' }],
  ]

  it.each(poisons)('cannot be read where %s', (_, poison) => {
    const row = { ...rowOf(settings), ...poison }
    expect(() => toCheckRequest(row, keyring)).toThrow()
    expect(readSettings(row, keyring)).toBeNull()
  })

  it('can still be shown then', () => {
    expect(shownBy('HTTP', shownHttp)({ kind: 'HTTP', expectations: { bad: 1 } })).toBeNull()
    expect(showAssertions([{ source: 'MOON' }])).toEqual([])
  })
})
