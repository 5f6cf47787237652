import { expect, test } from 'vitest'
import { readSettings } from './settings.ts'

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const RIGHT = {
  PHAROS_URL: 'https://pharos.example.com/',
  PROBE_ID: '01997a2e-0000-7000-8000-000000001b58',
  PROBE_SECRET: SECRET,
}

test('three variables are enough', async () => {
  expect(await readSettings(RIGHT)).toMatchObject({
    syncUrl: new URL('https://pharos.example.com/probe/sync'),
    probeId: RIGHT.PROBE_ID,
    dataDir: expect.stringMatching(/\.data$/),
    outbound: { allow: [] },
    references: [{ host: '1.1.1.1', port: 443 }, { host: '8.8.8.8' }, { host: '9.9.9.9' }],
    logLevel: 'info',
  })
})

test('Pharos may live under a path of a larger site', async () => {
  const settings = await readSettings({ ...RIGHT, PHAROS_URL: 'https://ops.example.com/pharos' })
  expect(settings).toMatchObject({ syncUrl: new URL('https://ops.example.com/pharos/probe/sync') })
})

test('all mistakes are told together, by name and rule and never by value', async () => {
  const told = await readSettings({
    PHAROS_URL: 'ftp://hunter2.example.com',
    PROBE_ID: 'hunter2',
    PROBE_SECRET: 'whsec_hunter2',
    OUTBOUND_ALLOW_CIDRS: '10.0.0.0/99',
    REFERENCE_TARGETS: '1.1.1.1',
    LOG_LEVEL: 'loud',
  })
  expect(told).toEqual({
    mistakes: [
      'PHAROS_URL must be the address of Pharos, such as https://pharos.example.com',
      "PROBE_ID must be the probe's keyId, as registerProbe gave it",
      'OUTBOUND_ALLOW_CIDRS "10.0.0.0/99" is not a range such as 10.0.0.0/8 or fd00::/8',
      'REFERENCE_TARGETS each one must be a host and a port such as example.com:443, or none in all',
      'LOG_LEVEL must be one of debug, info, warn, error, silent',
      'PROBE_SECRET must be the secret (whsec_…) that was shown once',
    ],
  })
})
