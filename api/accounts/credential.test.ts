import { describe, expect, it } from 'vitest'
import { credentialOf, sessionCookie } from './credential.ts'

const token = 'A'.repeat(42) + '_'
const other = 'B'.repeat(43)
const key = `pharos_0123456789abcdef_${token}`

describe('credentialOf', () => {
  it.each([
    ['nothing', {}, { kind: 'NONE' }],
    ['a session', { authorization: `Bearer ${token}` }, { kind: 'SESSION', token, from: 'HEADER' }],
    [
      'any case of Bearer',
      { authorization: `bearer ${token}` },
      { kind: 'SESSION', token, from: 'HEADER' },
    ],
    [
      'an API key',
      { authorization: `Bearer ${key}` },
      { kind: 'API_KEY', publicId: '0123456789abcdef', secret: token },
    ],
    [
      'a cookie',
      { cookie: `a=b; __Host-pharos=${token}; c=d` },
      { kind: 'SESSION', token, from: 'COOKIE' },
    ],
    ['a cookie of another name', { cookie: `pharos=${token}` }, { kind: 'NONE' }],
    ['a broken cookie', { cookie: '__Host-pharos=short' }, { kind: 'NONE' }],
    [
      'both: the header wins',
      { authorization: `Bearer ${other}`, cookie: `__Host-pharos=${token}` },
      { kind: 'SESSION', token: other, from: 'HEADER' },
    ],
    ['another scheme', { authorization: `Basic ${token}` }, { kind: 'MALFORMED' }],
    ['an empty header', { authorization: '' }, { kind: 'MALFORMED' }],
    ['a token too long', { authorization: `Bearer ${token}A` }, { kind: 'MALFORMED' }],
    ['two tokens', { authorization: `Bearer ${token} ${other}` }, { kind: 'MALFORMED' }],
    ['a broken API key', { authorization: `Bearer pharos_xyz_${token}` }, { kind: 'MALFORMED' }],
  ])('reads %s', (_what, headers, credential) => {
    expect(credentialOf(new Headers(headers as Record<string, string>))).toEqual(credential)
  })

  it('reads back the cookie that was set', () => {
    const cookie = sessionCookie(token, 60)
    expect(cookie).toBe(
      `__Host-pharos=${token}; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax`,
    )
    const credential = credentialOf(new Headers({ cookie: cookie.split(';')[0] ?? '' }))
    expect(credential).toEqual({ kind: 'SESSION', token, from: 'COOKIE' })
  })
})
