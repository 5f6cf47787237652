import { expect, it } from 'vitest'
import { eventually } from './eventually.ts'

it('asks once more after the deadline', async () => {
  let asked = 0
  expect(await eventually('the second answer', () => ++asked === 2, 0)).toBe(true)
})

it('says what was missing when it gives up, and why', async () => {
  const cause = new Error('not yet')
  const waiting = eventually('the answer', () => Promise.reject(cause), 0)
  await expect(waiting).rejects.toThrow(
    expect.objectContaining({ message: 'Not within 0 s: the answer', cause }),
  )
})
