import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql'
import { createYoga } from 'graphql-yoga'
import { expect, it } from 'vitest'
import { createLog } from '../platform/log.ts'
import { operationDeadline } from './deadline.ts'
import { createMasking } from './masking.ts'

const fields = {
  never: { type: GraphQLString, resolve: () => new Promise(() => {}) },
  now: { type: GraphQLString, resolve: () => 'done' },
}
const query = new GraphQLObjectType({ name: 'Query', fields })
const mutation = new GraphQLObjectType({ name: 'Mutation', fields })

const { maskError, plugin } = createMasking(createLog('silent'))
const yoga = createYoga<{ requestId: string }>({
  schema: new GraphQLSchema({ query, mutation }),
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

it.each(['query', 'mutation'])('ends a %s whose resolvers never do', async (operation) => {
  expect(await ask(`${operation} { never }`)).toEqual({
    errors: [
      {
        message: 'An operation may take 0.02 s.',
        extensions: { code: 'LIMIT_REACHED', requestId: 'one' },
      },
    ],
  })
})

it.each(['query', 'mutation'])('lets a %s be that ends in time', async (operation) => {
  expect(await ask(`${operation} { now }`)).toEqual({ data: { now: 'done' } })
})
