import { describe, expect, it } from 'vitest'
import { digestOf } from '../sessions/session.ts'
import { isApiKeyValid, newApiKey, permissionsOfApiKey } from './api-key.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const live = { secretHash: digestOf('secret'), revokedAt: null, expiresAt: null }

describe('an API key', () => {
  it.each([
    ['the right secret', live, 'secret', true],
    ['a wrong secret', live, 'Secret', false],
    ['no such key', null, 'secret', false],
    ['a revoked key', { ...live, revokedAt: now - 1 }, 'secret', false],
    ['a key in its last millisecond', { ...live, expiresAt: now + 1 }, 'secret', true],
    ['a key at its end', { ...live, expiresAt: now }, 'secret', false],
  ])('with %s', (_what, key, secret, isValid) => {
    expect(isApiKeyValid(key, secret, now)).toBe(isValid)
  })

  it('is shown once: what is kept does not hold the secret', () => {
    const { publicId, secretHash, shownOnce } = newApiKey()
    const [, id, secret] = /^pharos_([0-9a-f]{16})_([\w-]{43})$/.exec(shownOnce) ?? []
    expect(id).toBe(publicId)
    expect(secretHash).toEqual(digestOf(secret ?? ''))
  })

  it('may do what its scopes and the role of its maker have in common', () => {
    const scopes = ['MONITORS_READ', 'MONITORS_WRITE', 'WORKSPACE_ADMIN', 'LONG_GONE']
    expect([...permissionsOfApiKey(scopes, 'OWNER')].toSorted()).toEqual([
      'MONITORS_READ',
      'MONITORS_WRITE',
      'WORKSPACE_ADMIN',
    ])
    expect([...permissionsOfApiKey(scopes, 'VIEWER')]).toEqual(['MONITORS_READ'])
  })
})
