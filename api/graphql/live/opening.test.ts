import {
  buildSchema,
  parse,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import { expect, test } from 'vitest'
import { openEvents } from './opening.ts'

const schema = buildSchema('type Query { a: ID } type Subscription { ticks: Int }')

function newEvents() {
  const ended = Promise.withResolvers<void>()
  return {
    ended: ended.promise,
    next: async () => ({ done: false, value: { ticks: 1 } }),
    async return() {
      ended.resolve()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

function ask(ticks: () => unknown): ValidatedSubscriptionArgs {
  const document = parse('subscription { ticks }')
  const rootValue = { ticks }
  return validateSubscriptionArgs({ schema, document, rootValue }) as ValidatedSubscriptionArgs
}

test('events that are there in time are given as they are', async () => {
  const events = newEvents()
  expect(await openEvents(ask(async () => events))).toBe(events)
})

test('events that come too late are refused, and ended once they come', async () => {
  const events = newEvents()
  const opening = Promise.withResolvers<typeof events>()
  await expect(
    openEvents(
      ask(() => opening.promise),
      1,
    ),
  ).rejects.toMatchObject({
    code: 'LIMIT_REACHED',
  })
  opening.resolve(events)
  await events.ended
})

test('what is refused is said in time', async () => {
  const refused = await openEvents(ask(async () => Promise.reject(new Error('no'))))
  expect(refused).toMatchObject({ errors: [{ message: 'no' }] })
})
