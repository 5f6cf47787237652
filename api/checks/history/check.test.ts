import { describe, expect, it } from 'vitest'
import { formatKey, parseKey, parsePlace } from './check.ts'

const monitorId = '01a1f844-cef0-7229-ad64-a1f1ca292684'

describe("a check's key", () => {
  it('is read back as it was', () => {
    const key = { monitorId, scheduledAt: 1_795_000_000_000, attempt: 3, region: 'agent.eu-1' }
    expect(parseKey(formatKey(key))).toEqual(key)
  })

  it.each([
    '',
    'bogus',
    monitorId,
    `${monitorId}/1/0`,
    `${monitorId}/1/0/`,
    `${monitorId}/-1/0/local`,
    `${monitorId}/1/40000/local`,
    `${monitorId}/100000000000000/0/local`,
    `${monitorId}/1/0/a b`,
    `not-a-uuid/1/0/local`,
  ])('is nothing else: %s', (text) => {
    expect(parseKey(text)).toBeNull()
  })

  it('without its monitor is a place', () => {
    expect(parsePlace('1/2/local')).toEqual({ scheduledAt: 1, attempt: 2, region: 'local' })
    expect(parsePlace(`${monitorId}/1/2/local`)).toBeNull()
  })
})
