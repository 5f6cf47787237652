import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

/** Work that ends when told to. */
function work() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { run: () => promise, end: resolve }
}

it('lets two work, two wait in order, and refuses the fifth', async () => {
  const turns = createTurns(2, 2, 'busy')
  const ended: number[] = []
  const jobs = [0, 1, 2, 3].map(work)
  const taken = jobs.map((job, index) => turns.take(job.run).then(() => ended.push(index)))
  await expect(turns.take(async () => {})).rejects.toMatchObject({
    code: 'RATE_LIMITED',
    retryAfterSeconds: 1,
  })
  expect(turns.taken).toBe(2)
  for (const job of jobs) job.end()
  await Promise.all(taken)
  expect(ended).toEqual([0, 1, 2, 3])
  expect(turns.taken).toBe(4)
})

it('gives its turn back after a failure', async () => {
  const turns = createTurns(1, 0, 'busy')
  await expect(turns.take(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  await expect(turns.take(async () => 'done')).resolves.toBe('done')
})
