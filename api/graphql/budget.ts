import { complexityFromQuery } from '@pothos/plugin-complexity'
import { type DocumentNode, type GraphQLSchema, getOperationAST, GraphQLError, Kind } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { callerOf } from '../accounts/principal.ts'
import type { Deps } from '../deps.ts'
import { networkOf } from '../network.ts'
import { createLimiter, type Limiter, type Spending } from '../platform/rate-limiter.ts'
import { Refusal } from '../refusal.ts'
import type { Context } from './context.ts'
import { MAX_COMPLEXITY } from './limits.ts'

const WINDOW_SECONDS = 60

/** Complexity points a minute. One person or API key, all of a workspace together, or one network without either. */
export type Budgets = { caller: number; workspace: number; stranger: number }

export const defaultBudgets: Budgets = {
  caller: 3_000_000,
  workspace: 10_000_000,
  stranger: 300_000,
}

/** Whatever an operation is charged to, who asks it before all else. */
type Account = { limiter: Limiter; key: string }
type Charged = Account & Spending

type Operation = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null
  variableValues?: Record<string, unknown> | null
  contextValue: Context
}

/** Reckons what an operation costs before it runs, refuses what costs too much, and counts the rest. */
export function operationBudget(
  { redis }: Pick<Deps, 'redis'>,
  budgets: Budgets = defaultBudgets,
): Plugin {
  const budget = (name: keyof Budgets) =>
    createLimiter(redis, { name, points: budgets[name], durationSeconds: WINDOW_SECONDS })
  const [callers, workspaces, strangers] = [
    budget('caller'),
    budget('workspace'),
    budget('stranger'),
  ]

  function accountsOf({ principal, clientIp }: Context): Account[] {
    if (principal === null) return [{ limiter: strangers, key: networkOf(clientIp) }]
    const { caller, workspace } = callerOf(principal)
    return [
      { limiter: callers, key: caller },
      { limiter: workspaces, key: workspace },
    ]
  }

  async function reckon(operation: Operation): Promise<void> {
    const cost = costOfOperation(operation)
    if (cost > MAX_COMPLEXITY) throw tooComplex(cost)
    const { contextValue } = operation
    await charge(accountsOf(contextValue), cost, contextValue.answerHeaders)
  }

  return {
    onExecute: ({ args }) => reckon(args as unknown as Operation),
    // Once: each event is executed for all who ask for the same. How many may ask for something else: live/broadcasts.ts.
    onSubscribe: ({ args }) => reckon(args as unknown as Operation),
  }
}

/** 1 where the executor is going to refuse the operation anyway, and say why. */
function costOfOperation({ schema, document, operationName, ...asked }: Operation): number {
  const operation = getOperationAST(document, operationName)
  if (!operation) return 1
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
  try {
    return complexityFromQuery(
      { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
      { schema, variables: asked.variableValues ?? {}, ctx: asked.contextValue },
    ).complexity
  } catch (error) {
    if (error instanceof GraphQLError) return 1
    throw error
  }
}

/** Tells the caller how much is left, and refuses once nothing is. */
async function charge(accounts: Account[], cost: number, headers: Headers): Promise<void> {
  const { limiter, isOver, remaining, resetSeconds } = await chargeInTurn(accounts, cost)
  headers.set('x-ratelimit-limit', String(limiter.points))
  headers.set('x-ratelimit-remaining', String(remaining))
  headers.set('x-ratelimit-reset', String(resetSeconds))
  if (isOver) throw tooManyRequests(resetSeconds)
}

/**
 * One after the other, though that costs a round trip: what a caller's own limit refuses was never their
 * workspace's, and for no moment is anybody else in it refused because of it.
 */
async function chargeInTurn(accounts: Account[], cost: number): Promise<Charged> {
  const charged: Charged[] = []
  for (const account of accounts) {
    const last = await spend(account, cost)
    if (last.isOver) {
      await Promise.all(charged.map(({ limiter, key }) => limiter.giveBack(key, cost)))
      return last
    }
    charged.push(last)
  }
  return charged[0]!
}

async function spend(account: Account, cost: number): Promise<Charged> {
  return { ...account, ...(await account.limiter.spend(account.key, cost)) }
}

function tooComplex(cost: number): Refusal {
  return new Refusal(
    'LIMIT_REACHED',
    `This operation costs ${cost}; at most ${MAX_COMPLEXITY} is allowed. Ask for fewer fields or smaller pages.`,
  )
}

function tooManyRequests(retryAfterSeconds: number): Refusal {
  return new Refusal('RATE_LIMITED', 'Too many requests. Wait a little.', { retryAfterSeconds })
}
