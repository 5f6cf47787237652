import { describe, expect, it } from 'vitest'
import { hashing, hashPassword, password, verifyPassword } from './password.ts'

const right = 'a lighthouse at night'
/** The same password under half the memory. */
const outdated =
  '$argon2id$v=19$m=9728,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mZ9Mcl9r59ces37VMuvY7s1951wVHKNdGhii/8OrhpY'

describe('a password', () => {
  it.each([
    [11, false],
    [12, true],
    [128, true],
    [129, false],
  ])('of %i characters: %s', (length, isAccepted) => {
    expect(password.safeParse('x'.repeat(length)).success).toBe(isAccepted)
  })

  it('is stored as argon2id with 19456 KiB, 2 passes, 1 lane and a salt of its own', async () => {
    const [first, second] = await Promise.all([hashPassword(right), hashPassword(right)])
    expect(first).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    expect(first).not.toBe(second)
  })

  it('is right or wrong', async () => {
    const stored = await hashPassword(right)
    expect(await verifyPassword(right, stored)).toBe('RIGHT')
    expect(await verifyPassword(`${right}!`, stored)).toBe('WRONG')
  })

  it('is the same typed on a keyboard that composes its letters otherwise', async () => {
    const stored = await hashPassword('un été en Bretagne')
    expect(await verifyPassword('un e\u0301te\u0301 en Bretagne', stored)).toBe('RIGHT')
  })

  it('asks to be hashed again once the parameters have grown', async () => {
    expect(await verifyPassword(right, outdated)).toBe('RIGHT_BUT_OUTDATED')
    expect(await verifyPassword('something else', outdated)).toBe('WRONG')
  })

  it('costs one hash to refuse, whether or not there is an account', async () => {
    const stored = await hashPassword(right)
    const before = hashing.passed
    await verifyPassword('not the password', stored)
    const forWrong = hashing.passed - before
    await verifyPassword('not the password', null)
    expect([forWrong, hashing.passed - before - forWrong]).toEqual([1, 1])
  })
})
