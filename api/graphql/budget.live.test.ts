import { randomBytes } from 'node:crypto'
import { expect, inject, it } from 'vitest'
import { eventually } from '../../test/eventually.ts'
import { type Answer, openTestServer } from '../../test/graphql-server.ts'
import { type Person, signIn, signUp } from '../../test/people.ts'
import { createKeyring } from '../platform/keyring.ts'
import { createLog } from '../platform/log.ts'
import { openRedis } from '../platform/redis.ts'
import type { Budgets } from './budget.ts'
import { uuidOf } from './ids.ts'

/** Costs 2. */
const QUERY = '{ viewer { id } }'
const STRANGER = 1_000
/** The minute began with the first of several, which may have been a while ago. */
const ABOUT_A_MINUTE = expect.stringMatching(/^(60|5\d)$/)

it('is told, and ends in 429', async () => {
  const budgets = { stranger: 10, caller: 1_000, workspace: 1_000 }
  await using poor = await openTestServer({ budgets })
  const answers = await askTimes(6, { ask: poor.ask })
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 429])
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.errors[0]?.extensions.code).toBe('RATE_LIMITED')
  expect(Object.fromEntries(refused?.headers ?? [])).toMatchObject({
    'retry-after': ABOUT_A_MINUTE,
    'x-ratelimit-limit': '10',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': ABOUT_A_MINUTE,
  })
})

it('counts a network of IPv6 as one', async () => {
  const budgets = { stranger: 10, caller: 1_000, workspace: 1_000 }
  await using poor = await openTestServer({ budgets, variables: { TRUST_PROXY: '1' } })
  const from = (address: string) => ({
    ask: (query: string) => poor.ask(query, {}, null, { 'x-forwarded-for': address }),
  })
  await askTimes(5, from('2001:db8:1:2::1'))
  const [neighbour, other] = await Promise.all(
    ['2001:db8:1:2:ffff::', '2001:db8:1:3::1'].map((address) => from(address).ask(QUERY)),
  )
  expect([neighbour?.status, other?.status]).toEqual([429, 200])
})

it('of a caller who is over: what is refused costs their workspace nothing', async () => {
  await using shared = await openShared({ caller: 10, workspace: 20 })
  expect(limitsOf(await askTimes(40, shared.one))).toEqual({ passed: 5, refusedBy: ['10'] })
  expect(limitsOf(await askTimes(5, shared.other))).toEqual({ passed: 5, refusedBy: [] })
})

it('of a caller is over all of their sessions', async () => {
  await using shared = await openShared({ caller: 10, workspace: 1_000 })
  expect(limitsOf(await askTimes(6, shared.one))).toEqual({ passed: 5, refusedBy: ['10'] })
  const again = await signIn(shared.server, 'bob')
  expect(limitsOf(await askTimes(5, again))).toEqual({ passed: 0, refusedBy: ['10'] })
})

it('of a workspace that is over: what is refused costs the caller nothing', async () => {
  await using shared = await openShared({ caller: 14, workspace: 10 })
  expect(limitsOf(await askTimes(5, shared.one))).toEqual({ passed: 5, refusedBy: [] })
  for (let i = 0; i < 5; i++) {
    expect(limitsOf(await askTimes(1, shared.one))).toEqual({ passed: 0, refusedBy: ['10'] })
  }
  expect(limitsOf(await askTimes(1, shared.other))).toEqual({ passed: 0, refusedBy: ['10'] })
})

it('of a workspace is not touched by a caller who is over, not even for a moment', async () => {
  using shared = await openWatchedRedis()
  const budgets = { caller: 2, workspace: 1_000, stranger: STRANGER }
  await using server = await openTestServer({ budgets, deps: { redis: shared.redis } })
  const alice = await signUp(server, 'alice')
  const { passed } = limitsOf(await askTimes(5, alice))
  expect(passed).toBeLessThan(5)
  const names = await shared.namesSoFar()
  const touches = names.filter((name) => name.startsWith('workspace:'))
  expect(touches.length).toBeLessThanOrEqual(passed)
})

/** A Redis that tells of which of our names its commands were, one by one. */
async function openWatchedRedis() {
  const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }])
  const redis = openRedis(inject('redisUrl'), keyring, createLog('silent'))
  const { connection, prefix } = redis
  await eventually('Redis is up', () => redis.isUp())
  const monitor = await connection.monitor()
  const keys: string[] = []
  monitor.on('monitor', (_at, words: string[], source: string) => {
    // What a script does is told beside the command that runs it.
    if (source !== 'lua') keys.push(...words.filter((word) => word.startsWith(prefix)))
  })
  return {
    redis,
    async namesSoFar() {
      await connection.get(`${prefix}last`)
      await eventually('the last is told', () => keys.includes(`${prefix}last`))
      return keys.map((key) => key.slice(prefix.length))
    },
    [Symbol.dispose]() {
      monitor.disconnect()
      redis.close()
    },
  }
}

/** Two people in one workspace; whoever views may use up as much as any other. */
async function openShared(budgets: Omit<Budgets, 'stranger'>) {
  const server = await openTestServer({ budgets: { ...budgets, stranger: STRANGER } })
  const other = await signUp(server, 'alice')
  const one = await signUp(server, 'bob')
  // By an invitation it would cost something of what is counted here.
  await server.database.pool.query(
    `WITH m AS (UPDATE memberships SET workspace_id = $1, role = 'VIEWER' WHERE user_id = $2)
     UPDATE sessions SET workspace_id = $1 WHERE user_id = $2`,
    [uuidOf('Workspace', other.workspaceId), uuidOf('User', one.userId)],
  )
  return { server, one, other, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

function askTimes(count: number, { ask }: Pick<Person, 'ask'>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => ask(QUERY)))
}

/** How many passed, and whose limits refused the others. */
function limitsOf(answers: Answer[]): { passed: number; refusedBy: (string | null)[] } {
  const refused = answers.filter(({ status }) => status === 429)
  const limits = new Set(refused.map(({ headers }) => headers.get('x-ratelimit-limit')))
  return { passed: answers.length - refused.length, refusedBy: [...limits] }
}
