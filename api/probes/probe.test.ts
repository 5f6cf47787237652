import { describe, expect, it } from 'vitest'
import { isOnline, probeInput } from './probe.ts'

const given = { name: 'Office', kind: 'AGENT', region: 'berlin-2', isShared: false }

const problem = (changed: object) => {
  const parsed = probeInput.safeParse({ ...given, ...changed })
  return parsed.success
    ? null
    : parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join()
}

describe('a probe is registered', () => {
  it.each([
    ['for an agent of any name', {}],
    ['for an agent of the shortest name', { region: '0' }],
    ['for an agent of the longest name', { region: 'x'.repeat(32) }],
    ['for a region of the edge', { kind: 'EDGE', region: 'weur' }],
  ])('%s', (_, changed) => {
    expect(problem(changed)).toBeNull()
  })

  it.each([
    ['without a name', { name: ' ' }, 'name must not be empty'],
    ['with a line break in its name', { name: 'a\nb' }, 'name must not contain control characters'],
    ['without a region', { region: '' }, 'region must be 1 to 32 of a-z, 0-9 and -'],
    ['with a region of 33', { region: 'x'.repeat(33) }, 'region must be 1 to 32 of a-z, 0-9 and -'],
    ['with a region in capitals', { region: 'Berlin' }, 'region must be 1 to 32 of a-z, 0-9 and -'],
    ['as the built-in agent', { region: 'local' }, 'region must not be local or heartbeat'],
    ['as those who call us', { region: 'heartbeat' }, 'region must not be local or heartbeat'],
    ['as an agent at the edge', { region: 'weur' }, 'region must not be a region of the edge'],
    [
      'at an edge that there is not',
      { kind: 'EDGE', region: 'mars' },
      'region must be one of wnam, enam, sam, weur, eeur, apac, oc, afr, me',
    ],
  ])('not %s', (_, changed, expected) => {
    expect(problem(changed)).toBe(expected)
  })
})

describe('a probe is online', () => {
  const at = (clock: string) => new Date(`2026-11-20T${clock}Z`)
  it.each([
    ['never seen', null, null, false],
    ['seen just within three minutes', at('11:57:00.001'), null, true],
    ['seen three minutes ago', at('11:57:00'), null, false],
    ['seen now and revoked', at('12:00:00'), at('12:00:00'), false],
  ])('%s: %s', (_, lastSeenAt, revokedAt, expected) => {
    expect(isOnline({ lastSeenAt, revokedAt }, at('12:00:00').getTime())).toBe(expected)
  })
})
