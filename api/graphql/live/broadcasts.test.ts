import {
  buildSchema,
  parse,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import { expect, test } from 'vitest'
import { viewer } from '../../../test/viewer.ts'
import { createLog } from '../../platform/log.ts'
import { createMasking } from '../masking.ts'
import { createBroadcasts, type Variety } from './broadcasts.ts'

const schema = buildSchema('type Query { a: ID } type Subscription { ticks(of: ID): Int }')
const byVariable = parse('subscription ($of: ID) { ticks(of: $of) }')
const other = parse('subscription Other { ticks }')

function open(atMost: Partial<Variety>) {
  const masking = createMasking(createLog('silent'))
  const { join, leave } = createBroadcasts(masking, { documents: 10, broadcasts: 10, ...atMost })
  return {
    leave,
    join: (document = byVariable, of = 'one', workspaceId = 'north') =>
      join(askedBy(workspaceId, document, { of })),
  }
}

function askedBy(workspaceId: string, document: typeof other, variableValues: object) {
  const principal = { ...viewer, workspaceId }
  const contextValue = { principal, requestId: 'request' }
  const asked = { schema, document, variableValues: { ...variableValues }, contextValue }
  return validateSubscriptionArgs(asked) as ValidatedSubscriptionArgs
}

test('who asks for the same shares one, however many they are', () => {
  const { join } = open({ documents: 1, broadcasts: 1 })
  expect(join()).not.toBeNull()
  expect(join()).toBe(join())
})

test('a workspace has so many documents, and one more once all have left another', () => {
  const { join, leave } = open({ documents: 1 })
  const [first, same, more] = [join(), join(), join(byVariable, 'two')]
  expect(join(other)).toBeNull()
  for (const broadcast of [first, same]) leave(broadcast!)
  expect(join(other)).toBeNull()
  leave(more!)
  expect(join(other)).not.toBeNull()
})

test('a workspace has so many broadcasts over all documents, and one more once another was left', () => {
  const { join, leave } = open({ broadcasts: 2 })
  const first = join(byVariable, 'one')
  expect(join(other)).not.toBeNull()
  expect(join(byVariable, 'two')).toBeNull()
  leave(first!)
  expect(join(byVariable, 'two')).not.toBeNull()
})

test('another workspace has its own', () => {
  const { join } = open({ documents: 1, broadcasts: 1 })
  join()
  expect(join(byVariable, 'one', 'south')).not.toBeNull()
})
