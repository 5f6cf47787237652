import { randomBytes, randomUUID } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { startRedis } from '../../test/redis.ts'
import { createKeyring } from './keyring.ts'
import { createLog } from './log.ts'
import { createLimiter, type Limiter } from './rate-limiter.ts'
import { openRedis, type Redis } from './redis.ts'

const TRIES = 20
const LIMITS = { name: 'test', points: 3, durationSeconds: 60 }

test('without Redis a process counts for itself', async () => {
  const limiter = createLimiter(null, LIMITS)
  expect(await limiter.spend('key', 2)).toEqual({ isOver: false, remaining: 1, resetSeconds: 60 })
  expect(await limiter.spend('key')).toMatchObject({ isOver: false, remaining: 0 })
  expect(await limiter.spend('key')).toMatchObject({ isOver: true, remaining: 0 })
  expect(await limiter.spend('other')).toMatchObject({ isOver: false, remaining: 2 })
})

test('processes on one Redis count together, and give back and forget together', async () => {
  await together(async (one, other) => {
    expect(await one.spend('key', 2)).toEqual({ isOver: false, remaining: 1, resetSeconds: 60 })
    expect(await other.spend('key')).toMatchObject({ isOver: false, remaining: 0 })
    await one.giveBack('key')
    expect(await other.spend('key')).toMatchObject({ isOver: false, remaining: 0 })
    expect(await one.spend('key')).toMatchObject({ isOver: true })
    await one.giveBack('key', 3)
    expect(await other.spend('key')).toMatchObject({ isOver: false, remaining: 1 })
    await other.forget('key')
    expect(await one.spend('key')).toMatchObject({ remaining: 2 })
  })
})

test('two that spend the last point at once: one of them is over', async () => {
  await together(async (one, other) => {
    await one.spend('key', LIMITS.points - 1)
    const both = await Promise.all([one.spend('key'), other.spend('key')])
    expect(both.filter(({ isOver }) => isOver)).toHaveLength(1)
  })
})

test('another installation counts for itself', async () => {
  using one = await member(inject('redisUrl'))
  using stranger = await member(inject('redisUrl'))
  const key = randomUUID()
  await one.limiter.spend(key, LIMITS.points)
  expect(await stranger.limiter.spend(key)).toMatchObject({ isOver: false, remaining: 2 })
})

test('the names in Redis tell of nobody, and do not stay', async () => {
  await using server = await startRedis()
  using one = await member(server.url)
  await one.limiter.spend('203.0.113.7')
  const keys = await one.redis.connection.keys('*')
  expect(keys).toEqual([expect.stringMatching(/^pharos:[\w-]{16}:test:[\w-]{16}$/)])
  expect(await one.redis.connection.ttl(keys[0]!)).toBeGreaterThan(0)
})

test('while Redis is away, hangs or is full, a process counts for itself', async () => {
  await using server = await startRedis()
  using one = await member(server.url)
  await exhaust(one.limiter, 'shared')

  server.freeze()
  expect(await one.limiter.spend('shared')).toMatchObject({ isOver: false, remaining: 2 })
  expect(one.redis.isUp()).toBe(false)
  await exhaust(one.limiter, 'hangs')
  server.resume()
  await eventually('it is up again', () => one.redis.isUp())
  expect(await one.limiter.spend('shared')).toMatchObject({ isOver: true })

  await one.redis.connection.config('SET', 'maxmemory', '1')
  await exhaust(one.limiter, 'full')

  await server.kill()
  await exhaust(one.limiter, 'away')
  await server.start()
  await eventually('it is up again', () => one.redis.isUp())
  expect(await one.limiter.spend('shared')).toMatchObject({ remaining: 2 })
})

/** With two processes on one Redis; anew where either has had to count for itself: Redis answers in time, or not. */
async function together(
  work: (one: Limiter, other: Limiter) => Promise<void>,
  triesLeft = TRIES,
): Promise<void> {
  const keyring = freshKeyring()
  using one = await member(inject('redisUrl'), keyring)
  using other = await member(inject('redisUrl'), keyring)
  try {
    await work(one.limiter, other.limiter)
  } catch (error) {
    if (triesLeft === 1 || (!one.wasAlone() && !other.wasAlone())) throw error
    await together(work, triesLeft - 1)
  }
}

async function exhaust(limiter: Limiter, key: string): Promise<void> {
  expect(await limiter.spend(key, LIMITS.points)).toMatchObject({ isOver: false })
  expect(await limiter.spend(key)).toMatchObject({ isOver: true })
}

async function member(url: string, keyring = freshKeyring()): Promise<Disposable & Member> {
  const redis = openRedis(url, keyring, createLog('silent'))
  await eventually('Redis is up', () => redis.isUp())
  let wasAlone = false
  const isUp = () => {
    wasAlone ||= !redis.isUp()
    return redis.isUp()
  }
  const soon: Redis['soon'] = (answer) =>
    redis.soon(answer).catch((error) => {
      wasAlone = true
      throw error
    })
  const limiter = createLimiter({ ...redis, isUp, soon }, LIMITS)
  return { redis, limiter, wasAlone: () => wasAlone, [Symbol.dispose]: redis.close }
}

type Member = { redis: Redis; limiter: Limiter; wasAlone(): boolean }

function freshKeyring() {
  return createKeyring([{ id: 'test', key: randomBytes(32) }])
}
