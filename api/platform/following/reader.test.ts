import { expect, test } from 'vitest'
import { createReader, type Source, type Waiters, wakeAll } from './reader.ts'

/** Numbers that come when they are told to come; odd ones are not for this reader. */
function numbers() {
  const waiters: Waiters = { waiting: new Set() }
  const queue: (number | Error)[] = []
  let ends = 0
  const source: Source<number> = {
    waiters,
    hasMore: () => queue.length > 0,
    async take() {
      const first = queue.shift()!
      if (typeof first !== 'number') throw first
      return first % 2 === 0 ? first : null
    },
    fork: () => createReader(source),
    end: () => void (ends += 1),
  }
  return {
    reader: createReader(source),
    waiting: () => waiters.waiting.size,
    ends: () => ends,
    say(...what: (number | Error)[]) {
      queue.push(...what)
      wakeAll(waiters)
    },
  }
}

const over = { done: true, value: undefined }

test('a reader takes what there is, passes over what is not for it, and waits for the rest', async () => {
  const { reader, say, waiting } = numbers()
  say(1, 2, 3, 4)
  expect([await reader.next(), await reader.next()].map(({ value }) => value)).toEqual([2, 4])
  const next = reader.next()
  await Promise.resolve()
  expect(waiting()).toBe(1)
  say(5)
  say(6)
  expect((await next).value).toBe(6)
  expect(waiting()).toBe(0)
})

test('it can be ended while it waits, once and for all', async () => {
  const { reader, ends, waiting } = numbers()
  const next = reader.next()
  await Promise.resolve()
  expect(await reader.return!()).toEqual(over)
  expect(await next).toEqual(over)
  expect(await reader.next()).toEqual(over)
  await reader.return!()
  expect([ends(), waiting()]).toEqual([1, 0])
})

test('what breaks its source ends it and is thrown, unless nobody listens any more', async () => {
  const broken = numbers()
  broken.say(new Error('expired'))
  await expect(broken.reader.next()).rejects.toThrow('expired')
  expect(await broken.reader.next()).toEqual(over)
  expect(broken.ends()).toBe(1)

  const left = numbers()
  left.say(new Error('expired'))
  const next = left.reader.next()
  await left.reader.return!()
  expect(await next).toEqual(over)
})

test('whoever does not want a promise for each takes what is at hand, and is called when there is more', async () => {
  const { reader, say, ends } = numbers()
  let calls = 0
  const call = () => void (calls += 1)
  reader.whenMore(call)
  say(1, 2)
  expect(calls).toBe(1)
  expect(await reader.takeReady()).toBeUndefined()
  expect(await reader.takeReady()).toBe(2)
  expect(reader.takeReady()).toBeUndefined()
  reader.whenMore(call)
  await reader.return!()
  expect([calls, ends()]).toEqual([2, 1])
  expect(reader.takeReady()).toBeUndefined()
})
