import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { expect, it } from 'vitest'
import { createLog } from '../platform/log.ts'
import { operationDeadline } from './deadline.ts'
import { createMasking } from './masking.ts'

const query = new GraphQLObjectType({
  name: 'Query',
  fields: {
    never: { type: GraphQLString, resolve: () => new Promise(() => {}) },
    now: { type: GraphQLString, resolve: () => 'done' },
  },
})

const { maskError, plugin } = createMasking(createLog('silent'))
const yoga = createYoga<{ requestId: string }>({
  schema: new GraphQLSchema({ query }),
  plugins: [operationDeadline(20), plugin],
  maskedErrors: { maskError },
  logging: false,
})

async function ask(document: string): Promise<unknown> {
  const response = await yoga.fetch(
    'http://localhost/graphql',
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: document }),
    },
    { requestId: 'one' },
  )
  return response.json()
}

it('ends an operation whose resolvers never do', async () => {
  expect(await ask('{ never }')).toEqual({
    errors: [
      {
        message: 'An operation may take 0.02 s.',
        extensions: { code: 'LIMIT_REACHED', requestId: 'one' },
      },
    ],
  })
})

it('lets the others be', async () => {
  expect(await ask('{ now }')).toEqual({ data: { now: 'done' } })
})
