import { expect, it } from 'vitest'
import { type Answer, openTestServer } from '../../test/graphql-server.ts'
import { type Person, signIn, signUp } from '../../test/people.ts'
import type { Budgets } from './budget.ts'

/** Costs 2. */
const QUERY = '{ viewer { id } }'
const STRANGER = 1_000

it('is told, and ends in 429', async () => {
  const budgets = { stranger: 10, caller: 1_000, workspace: 1_000 }
  await using poor = await openTestServer({ budgets })
  const answers = await askTimes(6, { ask: poor.ask })
  expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 200, 200, 200, 200, 429])
  const refused = answers.find(({ status }) => status === 429)
  expect(refused?.errors[0]?.extensions.code).toBe('RATE_LIMITED')
  expect(Object.fromEntries(refused?.headers ?? [])).toMatchObject({
    'retry-after': '60',
    'x-ratelimit-limit': '10',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '60',
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

it('of a workspace that is over: what is refused costs the caller nothing', async () => {
  await using shared = await openShared({ caller: 14, workspace: 10 })
  expect(limitsOf(await askTimes(5, shared.one))).toEqual({ passed: 5, refusedBy: [] })
  for (let i = 0; i < 5; i++) {
    expect(limitsOf(await askTimes(1, shared.one))).toEqual({ passed: 0, refusedBy: ['10'] })
  }
  expect(limitsOf(await askTimes(1, shared.other))).toEqual({ passed: 0, refusedBy: ['10'] })
})

/** Two sessions in one workspace. */
async function openShared(budgets: Omit<Budgets, 'stranger'>) {
  const server = await openTestServer({ budgets: { ...budgets, stranger: STRANGER } })
  const one = await signUp(server, 'alice')
  const other = await signIn(server, 'alice')
  return { one, other, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
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
