import { expect, it } from 'vitest'
import { createTurnstile } from './turnstile.ts'

/** Work that ends when told to. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { run: () => promise, end: resolve }
}

it('lets two work, two wait in order, and refuses the fifth', async () => {
  const turnstile = createTurnstile(2, 2, 'busy')
  const ended: number[] = []
  const jobs = [0, 1, 2, 3].map(work)
  const passing = jobs.map((job, index) => turnstile.pass(job.run).then(() => ended.push(index)))
  await expect(turnstile.pass(async () => {})).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterSeconds: 1,
  })
  expect(turnstile.passed).toBe(2)
  for (const job of jobs) job.end()
  await Promise.all(passing)
  expect(ended).toEqual([0, 1, 2, 3])
  expect(turnstile.passed).toBe(4)
})

it('lets the next in after a failure', async () => {
  const turnstile = createTurnstile(1, 0, 'busy')
  await expect(turnstile.pass(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(turnstile.pass(async () => 'done')).resolves.toBe('done')
})
