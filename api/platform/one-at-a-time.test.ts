import { expect, test } from 'vitest'
import { oneAtATime } from './one-at-a-time.ts'

/** Work that ends when it is told to. */
function work() {
  const runs: PromiseWithResolvers<void>[] = []
  const ask = oneAtATime(() => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  return { runs, ask }
}

test('who asks while it runs is served by one more run, however many they are', async () => {
  const { runs, ask } = work()
  const first = ask()
  const others = [ask(), ask(), ask()]
  runs[0]!.resolve()
  await Promise.resolve()
  expect(runs).toHaveLength(2)
  runs[1]!.resolve()
  await Promise.all([first, ...others])
  expect(runs).toHaveLength(2)
})

test('it runs again for who asks later, also after a failure', async () => {
  const { runs, ask } = work()
  const failed = ask()
  runs[0]!.reject(new Error('away'))
  await expect(failed).rejects.toThrow('away')
  const next = ask()
  runs[1]!.resolve()
  await next
  expect(runs).toHaveLength(2)
})
