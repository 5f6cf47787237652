import { describe, expect, test } from 'vitest'
import { readSettings, type Variables } from './settings.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='
const KEY = `weur:019aa0c1-77e0-7000-8000-00000000002a:${SECRET}`

const right: Variables = {
  PHAROS_URL: 'https://pharos.example.com/',
  PHAROS_KEYS: `${KEY}, enam:019aa0c1-77e0-7000-8000-00000000002b:${SECRET}`,
  REGIONS: 'weur,enam,me',
  SHARD_SIZE: '200',
  SUBREQUESTS: '50',
  DOH_URL: 'https://dns.example.com/dns-query',
  TRACE_URL: '',
  REFERENCE_TARGETS: '8.8.8.8:443,9.9.9.9:443',
  OUTBOUND_ALLOW_CIDRS: '',
}

test('what is right is read', () => {
  expect(readSettings(right)).toEqual({
    settings: {
      syncUrl: 'https://pharos.example.com/probe/sync',
      keys: [
        { region: 'weur', probeId: '019aa0c1-77e0-7000-8000-00000000002a', secret: SECRET },
        { region: 'enam', probeId: '019aa0c1-77e0-7000-8000-00000000002b', secret: SECRET },
      ],
      shardSize: 200,
      subrequests: 50,
      dohUrl: 'https://dns.example.com/dns-query',
      traceUrl: null,
      policy: { allow: [] },
      references: [
        { host: '8.8.8.8', port: 443 },
        { host: '9.9.9.9', port: 443 },
      ],
    },
  })
})

test('an API on this machine may be asked without TLS', () => {
  expect(problems({ PHAROS_URL: 'http://127.0.0.1:4000' })).toEqual([])
})

describe('wrong is', () => {
  type Row = [sentence: string, change: Partial<Variables>, problem: string]

  test.each<Row>([
    ['an API elsewhere without TLS', { PHAROS_URL: 'http://pharos.example.com' }, 'PHAROS_URL'],
    ['what is no address', { PHAROS_URL: 'pharos' }, 'PHAROS_URL'],
    ['a key without its secret', { PHAROS_KEYS: KEY.slice(0, 50) }, 'PHAROS_KEYS must be region:'],
    ['two keys of one region', { PHAROS_KEYS: `${KEY},${KEY}` }, 'PHAROS_KEYS must have one key'],
    ['a key of no region', { PHAROS_KEYS: KEY.replace('weur', 'mars') }, 'mars'],
    ['a key of a region that is left out', { REGIONS: 'enam' }, 'PHAROS_KEYS has a key of weur'],
    ['a region that there is not', { REGIONS: 'weur,mars' }, 'REGIONS must name'],
    ['a shard of none', { SHARD_SIZE: '0' }, 'SHARD_SIZE'],
    ['fewer sub-requests than any plan has', { SUBREQUESTS: '49' }, 'SUBREQUESTS'],
    ['a range that is none', { OUTBOUND_ALLOW_CIDRS: '10.0.0.0/33' }, 'OUTBOUND_ALLOW_CIDRS'],
    ['a reference without port', { REFERENCE_TARGETS: '8.8.8.8' }, 'REFERENCE_TARGETS'],
  ])('%s', (_, change, problem) => {
    expect(problems(change).join()).toContain(problem)
  })

  test('all of it is told together, and no secret with it', () => {
    const { PHAROS_URL: _, ...others } = right
    const told = readSettings({
      ...others,
      PHAROS_KEYS: `${KEY}x!`,
      SHARD_SIZE: 'many',
    } as Variables)
    expect('problems' in told && told.problems).toHaveLength(3)
    expect(JSON.stringify(told)).not.toContain(SECRET.slice(6, 20))
  })
})

function problems(change: Partial<Variables>): string[] {
  const read = readSettings({ ...right, ...change })
  return 'problems' in read ? read.problems : []
}
