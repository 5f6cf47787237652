import {
  buildSchema,
  parse,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import { expect, test } from 'vitest'
import { viewer } from '../../../test/viewer.ts'
import { audienceKey, audienceOf } from './audience.ts'

const schema = buildSchema(`
  type Query { a: ID }
  type Subscription { changes(after: String, of: String): Change }
  type Change { id(after: String): ID }
`)

function keyOf(query: string, variableValues = {}, principal = viewer): string {
  const asked = validateSubscriptionArgs({ schema, document: parse(query), variableValues })
  return audienceKey(principal, asked as ValidatedSubscriptionArgs)
}

const followed = 'subscription ($at: String, $of: String) { changes(after: $at, of: $of) { id } }'

test('two who begin at different places are told the same', () => {
  expect(keyOf(followed, { at: '1', of: 'x' })).toBe(keyOf(followed, { at: '2', of: 'x' }))
})

test('two of the same rights are told the same', () => {
  const other = { ...viewer, userId: 'two' }
  expect(keyOf(followed, {}, other)).toBe(keyOf(followed))
})

test.each<[string, string]>([
  ['another variable differs', keyOf(followed, { of: 'y' })],
  ['the role differs', keyOf(followed, {}, { ...viewer, role: 'MEMBER' })],
  ['the permissions differ', keyOf(followed, {}, { ...viewer, permissions: new Set() })],
  ['the operation of the document differs', keyOf(`${followed.replace('n (', 'n A (')}`)],
])('not where %s', (_what, key) => {
  expect(key).not.toBe(keyOf(followed, { of: 'x' }))
})

test('not where the variable that says where to begin says something else as well', () => {
  const twice = 'subscription ($at: String) { changes(after: $at) { id(after: $at) } }'
  expect(keyOf(twice, { at: '1' })).not.toBe(keyOf(twice, { at: '2' }))
})

test('an audience is nobody in particular', () => {
  const audience = audienceOf(viewer)
  expect(audience).toMatchObject({ workspaceId: 'workspace', credential: { kind: 'AUDIENCE' } })
  expect(() => audience.userId).toThrow('not about one of them')
})
