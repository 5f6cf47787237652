import { describe, expect, it } from 'vitest'
import { refusalOf } from '../../../test/refusal.ts'
import { testScope } from '../../../test/scope.ts'
import { type MonitorInput, parseMonitorChange, parseNewMonitor, parseRepair } from './input.ts'
import { basic, contains, shop } from './testing/inputs.ts'

describe('parseMonitorChange', () => {
  const stored = parseNewMonitor(
    {
      ...shop,
      quorum: 1,
      alertEmail: 'ada@example.com',
      latencyThresholdMs: 500,
      http: { ...basic('ada', 'secret'), headers: [{ name: 'X-Key', value: 'secret' }] },
      assertions: [contains('ok')],
    },
    testScope,
  )
  const change = (input: MonitorInput) => parseMonitorChange(stored, input, testScope)

  it('keeps what is left out', () => {
    expect(change({})).toEqual(stored)
    expect(change({ name: 'Store' })).toEqual({ ...stored, name: 'Store' })
    expect(change({ http: { method: 'HEAD' } })).toEqual({
      ...stored,
      expectations: { ...stored.expectations, method: 'HEAD' },
    })
  })

  it('clears with null what may be empty', () => {
    const cleared = { quorum: null, alertEmail: null, latencyThresholdMs: null }
    expect(change(cleared)).toEqual({ ...stored, ...cleared })
    expect(change({ http: { auth: null } }).expectations).toEqual({
      ...stored.expectations,
      auth: null,
    })
    expect(change({ http: { headers: null } }).expectations).toEqual({
      ...stored.expectations,
      headers: [],
    })
    expect(change({ assertions: null })).toEqual({ ...stored, assertions: [] })
  })

  it('takes all HTTP expectations back to their defaults with null', () => {
    expect(change({ http: null }).expectations).toEqual(
      parseNewMonitor(shop, testScope).expectations,
    )
  })

  it('keeps the value of a header that is named without one', () => {
    const headers = [{ name: 'x-key' }, { name: 'X-New', value: 'new' }]
    expect(change({ http: { headers } }).expectations).toMatchObject({
      headers: [
        { name: 'x-key', value: 'secret' },
        { name: 'X-New', value: 'new' },
      ],
    })
  })

  it('keeps regions whose probe is gone, or no longer runs such checks, and takes no others', () => {
    const regions = ['gone', 'weur']
    const [local] = testScope.regions
    const weur = { region: 'weur', kinds: ['TCP'] as const }
    const scope = { ...testScope, regions: [local!, weur] }
    const changed = parseMonitorChange({ ...stored, regions }, { name: 'Store' }, scope)
    expect(changed).toEqual({ ...stored, regions, name: 'Store' })
    expect(refusalOf(() => parseMonitorChange(stored, { regions }, scope))).toEqual([
      'regions.0 must be one of local, weur',
      'regions.1 cannot run HTTP: what can be checked from weur is TCP',
    ])
  })

  it('refuses null where there must be something', () => {
    expect(refusalOf(() => change({ name: null, intervalSeconds: null, regions: null }))).toEqual([
      'name must not be empty',
      'intervalSeconds must be a whole number from 10 to 86400',
      'regions must be a list',
    ])
  })

  it('leaves a target alone that the operator has closed since, and takes no other there', () => {
    const closed = { ...stored, target: 'http://10.0.0.7/' }
    const edit = (input: MonitorInput) => () => parseMonitorChange(closed, input, testScope)
    expect(edit({ name: 'Store' })()).toEqual({ ...closed, name: 'Store' })
    expect(edit({ target: closed.target, intervalSeconds: 30 })().intervalSeconds).toBe(30)
    expect(refusalOf(edit({ target: 'http://10.0.0.7/health' }))).toEqual([
      'target must not be a private address; to allow it, start Pharos with OUTBOUND_ALLOW_CIDRS=10.0.0.7/32',
    ])
  })

  it('holds what is stored against what is given', () => {
    expect(refusalOf(() => change({ timeoutMs: 400 }))).toEqual([
      'latencyThresholdMs must not exceed timeoutMs: a slower check fails',
    ])
  })
})

describe('parseRepair', () => {
  const { assertions: _, expectations: __, ...plain } = parseNewMonitor(shop, testScope)
  const row = { ...plain, id: 'm', workspaceId: 'w', expectations: 7, secrets: null, assertions: 7 }

  it('asks again for what cannot be read', () => {
    expect(refusalOf(() => parseRepair(row, { name: 'Store', http: {} }, testScope))).toEqual([
      'assertions must be given again: what is stored cannot be read',
    ])
  })

  it('takes the rest from what is stored', () => {
    const input = { name: 'Store', http: { method: 'HEAD' as const }, assertions: [] }
    const repaired = parseRepair(row, input, testScope)
    expect(repaired).toMatchObject({ ...plain, name: 'Store', assertions: [] })
    expect(repaired.expectations).toMatchObject({ method: 'HEAD' })
  })

  it('leaves a target alone that the operator has closed since', () => {
    const closed = { ...row, target: 'http://10.0.0.7/' }
    const repaired = parseRepair(closed, { http: {}, assertions: [] }, testScope)
    expect(repaired.target).toBe(closed.target)
  })
})
