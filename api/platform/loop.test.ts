import { pino } from 'pino'
import { expect, test } from 'vitest'
import { drain, startLoop } from './loop.ts'

const log = pino({ level: 'silent' })

test('a loop runs again and again, one run at a time', async () => {
  const third = Promise.withResolvers<void>()
  let runs = 0
  let underWay = 0
  let mostUnderWay = 0
  const loop = startLoop({
    name: 'test',
    everyMs: 1,
    log,
    async work() {
      mostUnderWay = Math.max(mostUnderWay, ++underWay)
      await new Promise(setImmediate)
      underWay -= 1
      if (++runs === 3) third.resolve()
    },
  })
  await third.promise
  await loop.stop()
  expect(mostUnderWay).toBe(1)
})

test('a run that throws does not end the loop', async () => {
  const second = Promise.withResolvers<void>()
  let runs = 0
  const loop = startLoop({
    name: 'test',
    everyMs: 1,
    log,
    async work() {
      if (++runs === 2) return second.resolve()
      throw new Error('poison')
    },
  })
  await second.promise
  await loop.stop()
  expect(runs).toBe(2)
})

test('stopping tells the run under way, waits for it, and begins no other', async () => {
  const started = Promise.withResolvers<AbortSignal>()
  const mayEnd = Promise.withResolvers<void>()
  let ended = 0
  const loop = startLoop({
    name: 'test',
    everyMs: 0,
    log,
    async work(signal) {
      started.resolve(signal)
      await mayEnd.promise
      ended += 1
    },
  })
  const signal = await started.promise
  const stopped = loop.stop()
  expect(signal.aborted).toBe(true)
  expect(ended).toBe(0)
  mayEnd.resolve()
  await stopped
  expect(ended).toBe(1)
})

test.each([
  ['until nothing is left', 9, 3],
  ['until it is stopped', 2, 2],
])('what there is, is worked off %s', async (_, stopAt, times) => {
  const stopping = new AbortController()
  let runs = 0
  await drain(async () => {
    runs += 1
    if (runs === stopAt) stopping.abort()
    return runs === 3
  }, stopping.signal)
  expect(runs).toBe(times)
})
