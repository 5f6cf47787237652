import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { startRedis } from '../../test/redis.ts'
import { openProxy } from '../../test/rig/proxy.ts'
import type { Bus } from './bus.ts'
import { createKeyring } from './keyring.ts'
import { createLog } from './log.ts'
import { createMetrics } from './metrics.ts'
import { createRedisBus } from './redis-bus.ts'
import { openRedis, type Redis } from './redis.ts'

/** A process of an installation, as far as Redis knows it. */
type Member = Disposable & {
  redis: Redis
  bus: Bus
  /** All ids of changes that it was woken with. */
  heard: string[]
  log: { level: number; msg: string; reason?: string }[]
  droppedWakes(): Promise<number>
}

test('who is at another process is woken too, and nobody twice', async () => {
  const keyring = freshKeyring()
  using one = join(inject('redisUrl'), keyring)
  using other = join(inject('redisUrl'), keyring)
  await bothUp(one, other)
  one.bus.publish('changes', ['a'])
  other.bus.publish('changes', ['b'])
  await eventually('all is heard', () => one.heard.length + other.heard.length >= 4)
  // What came twice would come before these.
  one.bus.publish('changes', ['y'])
  other.bus.publish('changes', ['z'])
  for (const { heard } of [one, other]) {
    await eventually('the last are heard', () => heard.includes('y') && heard.includes('z'))
    expect(heard.toSorted()).toEqual(['a', 'b', 'y', 'z'])
  }
})

test('more ids than fit in one message come in several', async () => {
  const keyring = freshKeyring()
  using one = join(inject('redisUrl'), keyring)
  using other = join(inject('redisUrl'), keyring)
  await bothUp(one, other)
  const ids = Array.from({ length: 1_234 }, (_, index) => `id-${index}`)
  one.bus.publish('changes', ids)
  await eventually('all are heard', () => other.heard.length === ids.length)
  expect(other.heard).toEqual(ids)
})

test('another installation on the same Redis is not woken, and junk wakes nobody', async () => {
  const keyring = freshKeyring()
  using one = join(inject('redisUrl'), keyring)
  using other = join(inject('redisUrl'), keyring)
  using stranger = join(inject('redisUrl'), freshKeyring())
  await bothUp(one, other)
  await eventually('the stranger is up', () => stranger.redis.isUp())
  for (const junk of JUNK) await one.redis.connection.publish(`${one.redis.prefix}wakes`, junk)
  stranger.bus.publish('changes', ['strange'])
  one.bus.publish('changes', ['a'])
  await eventually('the wake is heard', () => other.heard.length > 0)
  expect(other.heard).toEqual(['a'])
  expect(stranger.heard).toEqual(['strange'])
})

const JUNK = [
  '',
  'junk',
  'null',
  '{"from":"x","topic":"nonsense","ids":["junk"]}',
  '{"from":"x","topic":"changes","ids":["junk",1]}',
  '{"from":"x","topic":"changes","ids":"junk"}',
  JSON.stringify({ from: 'x', topic: 'changes', ids: ['j'.repeat(101)] }),
  JSON.stringify({ from: 'x', topic: 'changes', ids: Array(501).fill('junk') }),
  ' '.repeat(200_000),
]

test('an outage is told of once, and so is its end; meanwhile those at hand are woken', async () => {
  await using server = await startRedis()
  const keyring = freshKeyring()
  using one = join(server.url, keyring)
  using other = join(server.url, keyring)
  await bothUp(one, other)
  const before = one.log.length
  await server.kill()
  await eventually('it is seen to be away', () => !one.redis.isUp() && !other.redis.isUp())
  one.bus.publish('changes', ['at hand'])
  await eventually('those at hand are woken', () => one.heard.includes('at hand'))
  expect(await one.droppedWakes()).toBe(1)
  await server.start()
  await bothUp(one, other)
  const told = one.log.slice(before)
  one.bus.publish('changes', ['again'])
  await eventually('those elsewhere are woken again', () => other.heard.length > 0)
  expect(other.heard).toEqual(['again'])
  expect(told).toMatchObject([{ level: 40 }, { msg: 'Redis is back' }])
})

test('it may be away at the start', async () => {
  await using server = await startRedis()
  await server.kill()
  using one = join(server.url, freshKeyring())
  one.bus.publish('changes', ['a'])
  await eventually('it is seen to be away', () => one.log.length > 0)
  expect(one.log).toMatchObject([{ reason: expect.stringContaining('ECONNREFUSED') }])
  expect(one.heard).toEqual(['a'])
  await server.start()
  await eventually('it is found', () => one.redis.isUp())
})

test('a half-open connection is noticed and replaced', async () => {
  await using server = await startRedis()
  await using proxy = await openProxy(server.port)
  const keyring = freshKeyring()
  using one = join(server.url, keyring)
  using other = join(proxy.throughHere(server.url), keyring)
  await bothUp(one, other)
  proxy.halfOpen()
  await eventually('it is noticed', () => !other.redis.isUp())
  proxy.mend()
  await eventually('it is replaced', () => other.redis.isUp())
  one.bus.publish('changes', ['a'])
  await eventually('wakes come again', () => other.heard.length > 0)
})

test('what a hanging Redis does not take is dropped: nothing queues up without a bound', async () => {
  await using server = await startRedis()
  using one = join(server.url, freshKeyring())
  await eventually('it is up', () => one.redis.isUp())
  server.freeze()
  for (let wake = 0; wake < 2_000; wake += 1) one.bus.publish('changes', [`${wake}`])
  expect(one.heard).toHaveLength(0)
  await eventually('those at hand are woken', () => one.heard.length === 2_000)
  expect(await one.droppedWakes()).toBeGreaterThanOrEqual(1_500)
  await eventually('it is noticed', () => !one.redis.isUp())
  server.resume()
  await eventually('it is up again', () => one.redis.isUp())
})

test('the password that Redis refuses is not in the log', async () => {
  await using server = await startRedis(['--requirepass', 'right'])
  using one = join(server.url.replace('//', '//:planted-redis-password@'), freshKeyring())
  await eventually('it is told', () => one.log.length > 0)
  expect(JSON.stringify(one.log)).not.toContain('planted')
  expect(one.log).toMatchObject([{ reason: expect.stringContaining('WRONGPASS') }])
  using right = join(server.url.replace('//', '//:right@'), freshKeyring())
  await eventually('with the right one it is up', () => right.redis.isUp())
})

function join(url: string, keyring = freshKeyring()): Member {
  const log: Member['log'] = []
  const lines = { write: (line: string) => void log.push(JSON.parse(line)) }
  const redis = openRedis(url, keyring, createLog('info', lines))
  const metrics = createMetrics()
  const bus = createRedisBus(redis, metrics)
  const heard: string[] = []
  bus.subscribe('changes', (ids) => heard.push(...ids))
  return {
    redis,
    bus,
    heard,
    log,
    droppedWakes: async () => (await metrics.droppedWakes.get()).values[0]?.value ?? 0,
    [Symbol.dispose]: redis.close,
  }
}

async function bothUp(...members: Member[]): Promise<void> {
  await eventually('all are up', () => members.every(({ redis }) => redis.isUp()))
}

function freshKeyring() {
  return createKeyring([{ id: 'test', key: randomBytes(32) }])
}
