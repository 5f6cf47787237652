import { describe, expect, it } from 'vitest'
import { Refusal } from '../refusal.ts'
import { createAttempts } from './attempts.ts'

const limited = { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) }
const fail = () => Promise.reject(new Refusal('UNAUTHENTICATED', 'wrong'))

async function times(count: number, work: () => Promise<unknown>): Promise<void> {
  for (let done = 0; done < count; done += 1) await work().catch(() => {})
}

describe('attempts', () => {
  it('refuse the eleventh sign-in of an address within a minute, and nobody else', async () => {
    const attempts = createAttempts({ redis: null })
    await times(10, () => attempts.signIn('203.0.113.7'))
    await expect(attempts.signIn('203.0.113.7')).rejects.toMatchObject(limited)
    await expect(attempts.signIn('::ffff:203.0.113.7')).rejects.toMatchObject(limited)
    await expect(attempts.signIn('203.0.113.8')).resolves.toBeUndefined()
  })

  it('count a network of IPv6 as one', async () => {
    const attempts = createAttempts({ redis: null })
    await times(10, () => attempts.signIn('2001:db8:1:2::1'))
    await expect(attempts.signIn('2001:db8:1:2:ffff::')).rejects.toMatchObject(limited)
    await expect(attempts.signIn('2001:db8:1:3::1')).resolves.toBeUndefined()
  })

  it('refuse the sixth try at an account after five failures, in any spelling', async () => {
    const attempts = createAttempts({ redis: null })
    await times(5, () => attempts.againstAccount('ada@example.com', fail))
    const sixth = attempts.againstAccount(' Ada@Example.com ', async () => 'right')
    await expect(sixth).rejects.toMatchObject(limited)
  })

  it('forget the failures of who gets it right', async () => {
    const attempts = createAttempts({ redis: null })
    await times(4, () => attempts.againstAccount('ada@example.com', fail))
    await attempts.againstAccount('ada@example.com', async () => 'right')
    await times(4, () => attempts.againstAccount('ada@example.com', fail))
    await expect(attempts.againstAccount('ada@example.com', async () => 'ok')).resolves.toBe('ok')
  })

  it('do not count what failed for other reasons', async () => {
    const attempts = createAttempts({ redis: null })
    const broken = () => Promise.reject(new Error('the database is away'))
    await times(9, () => attempts.againstAccount('ada@example.com', broken))
    await expect(attempts.againstAccount('ada@example.com', async () => 'ok')).resolves.toBe('ok')
  })
})
