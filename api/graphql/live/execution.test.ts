import {
  buildSchema,
  parse,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import { expect, test } from 'vitest'
import { viewer } from '../../../test/viewer.ts'
import { createLog } from '../../platform/log.ts'
import { createTurnstile } from '../../turnstile.ts'
import type { Context } from '../context.ts'
import { createMasking } from '../masking.ts'
import { createExecution } from './execution.ts'

const schema = buildSchema('type Query { a: ID } type Subscription { ticks: Int who: ID }')

/** Of what the resolvers of the schema are: functions of the event itself. */
function execution(query: string) {
  const asked = validateSubscriptionArgs({
    schema,
    document: parse(query),
    contextValue: { principal: viewer, requestId: 'first' },
  }) as ValidatedSubscriptionArgs
  const turnstile = createTurnstile(1, Number.POSITIVE_INFINITY, '')
  return createExecution(asked, createMasking(createLog('silent')), turnstile)
}

/** As Postgres says that it is going down. */
const passing = () => Object.assign(new Error('Connection terminated'), { code: '57P01' })

test('an event that the database is not there for is told once it is', async () => {
  let tries = 0
  const event = {
    ticks() {
      tries += 1
      if (tries < 2) throw passing()
      return tries
    },
  }
  const text = await execution('subscription { ticks }')(event, () => true)
  expect(JSON.parse(text)).toEqual({ data: { ticks: 2 } })
})

test('where nobody is told any more, nobody waits', async () => {
  const event = {
    ticks() {
      throw passing()
    },
  }
  const text = await execution('subscription { ticks }')(event, () => false)
  expect(JSON.parse(text)).toMatchObject({
    data: { ticks: null },
    errors: [{ message: 'Unexpected error.', extensions: { requestId: expect.any(String) } }],
  })
})

test('a resolver that asks who is there fails', async () => {
  const event = { who: (_args: object, context: Context) => context.principal?.userId }
  const text = await execution('subscription { who }')(event, () => true)
  expect(JSON.parse(text)).toMatchObject({ data: { who: null }, errors: [{ path: ['who'] }] })
})

test('others have their turns between executions, however many there are', async () => {
  let turns = 0
  let isOver = false
  const takeTurn = () => {
    turns += 1
    if (!isOver) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  const execute = execution('subscription { ticks }')
  await Promise.all(Array.from({ length: 100 }, (_, ticks) => execute({ ticks }, () => true)))
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(100)
})
