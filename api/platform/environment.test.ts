import { describe, expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'

describe('the environment', () => {
  test('needs nothing', () => {
    expect(readEnvironment({})).toMatchObject({
      port: 4_000,
      publicUrl: 'http://localhost:4000',
      databaseUrl: null,
      roles: ['web', 'scheduler', 'dispatcher'],
      signUp: 'first',
      mailFrom: 'Pharos <pharos@localhost>',
      outbound: { allow: [] },
    })
  })

  test('derives the public address from the port', () => {
    expect(readEnvironment({ PORT: '8080' }).publicUrl).toBe('http://localhost:8080')
  })

  test('takes an empty variable for an absent one', () => {
    expect(readEnvironment({ DATABASE_URL: '', SMTP_URL: ' ' })).toMatchObject({
      databaseUrl: null,
      smtpUrl: null,
    })
  })

  test('reads lists', () => {
    const { roles, corsOrigins, outbound } = readEnvironment({
      ROLES: 'web, scheduler',
      CORS_ORIGINS: 'https://a.example,https://b.example:8443',
      OUTBOUND_ALLOW_CIDRS: '10.0.0.0/8,fd00::/8',
    })
    expect(roles).toEqual(['web', 'scheduler'])
    expect(corsOrigins).toEqual(['https://a.example', 'https://b.example:8443'])
    expect(outbound.allow).toHaveLength(2)
  })

  test('knows services by where they are for us', () => {
    const SERVICE_ORIGINS = 'slack=https://chat.example.com, telegram=http://10.0.0.8:8081'
    expect(readEnvironment({}).serviceOrigins).toEqual({})
    expect(readEnvironment({ SERVICE_ORIGINS }).serviceOrigins).toEqual({
      slack: 'https://chat.example.com',
      telegram: 'http://10.0.0.8:8081',
    })
  })

  test.each([
    'chat.example.com',
    'slack=chat.example.com',
    'slack=https://chat.example.com/hooks',
    'skype=https://chat.example.com',
    'slack=',
    'slack=ftp://chat.example.com',
    'slack=https://a.example.com,slack=https://b.example.com',
  ])('refuses to look for a service at %s', (SERVICE_ORIGINS) => {
    expect(() => readEnvironment({ SERVICE_ORIGINS })).toThrow(
      'SERVICE_ORIGINS must be service=origin',
    )
  })

  test('knows whom to ask for its own network', () => {
    const [first] = readEnvironment({}).referenceTargets
    expect(first).toEqual({ host: '1.1.1.1', port: 443 })
    expect(readEnvironment({ REFERENCE_TARGETS: 'none' }).referenceTargets).toEqual([])
  })

  test('tells all mistakes together, by name and rule and never by value', () => {
    const read = () =>
      readEnvironment({
        PORT: '70000',
        DATABASE_URL: 'mysql://root:hunter2@localhost/x',
        ROLES: 'web,painter,singer',
        SIGN_UP: 'maybe',
        ENCRYPTION_KEYS: '1:aHVudGVyMg==',
        OUTBOUND_ALLOW_CIDRS: '10.0.0.0/99',
        REFERENCE_TARGETS: '1.1.1.1',
        CORS_ORIGINS: 'https://a.example/path',
        CHECK_RETENTION_DAYS: '1.5',
      })
    expect(read).toThrow(`The environment is not right:
  PORT must be a whole number from 0 to 65535
  DATABASE_URL must be a URL with postgres:// or postgresql://
  ROLES must be some of web,scheduler,dispatcher
  SIGN_UP must be first, open or invite
  ENCRYPTION_KEYS each key must be 32 bytes in base64
  OUTBOUND_ALLOW_CIDRS "10.0.0.0/99" is not a range such as 10.0.0.0/8 or fd00::/8
  REFERENCE_TARGETS each one must be a host and a port such as example.com:443, or none in all
  CORS_ORIGINS must be exact origins such as https://pharos.example.com
  CHECK_RETENTION_DAYS must be a whole number from 7 to 3650`)
    expect(read).not.toThrow('hunter2')
  })
})
