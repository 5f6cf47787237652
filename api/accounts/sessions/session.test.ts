import { expect, it } from 'vitest'
import { digestOf, isSessionAlive, newSessionToken } from './session.ts'

const at = (iso: string) => Date.parse(iso)
const expiresAt = at('2026-12-01T00:00:00Z')

it.each([
  ['just used', '2026-11-20T12:00:00Z', '2026-11-20T12:00:00.001Z', true],
  ['idle for 7 days less a millisecond', '2026-11-13T12:00:00Z', '2026-11-20T11:59:59.999Z', true],
  ['idle for 7 days', '2026-11-13T12:00:00Z', '2026-11-20T12:00:00Z', false],
  ['in its last millisecond', '2026-11-30T12:00:00Z', '2026-11-30T23:59:59.999Z', true],
  ['30 days old, used a moment ago', '2026-11-30T23:59:59Z', '2026-12-01T00:00:00Z', false],
])('a session that is %s', (_when, lastUsed, now, isAlive) => {
  expect(isSessionAlive({ lastUsedAt: at(lastUsed), expiresAt }, at(now))).toBe(isAlive)
})

it('has a token of 256 bits that its digest does not tell', () => {
  const tokens = new Set(Array.from({ length: 100 }, newSessionToken))
  expect(tokens.size).toBe(100)
  for (const token of tokens) {
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(digestOf(token)).toHaveLength(32)
  }
})
