import { buildSchema, isInputType, parseType, typeFromAST } from 'graphql'
import { describe, expect, it } from 'vitest'
import { issuesOf } from './variable-issues.ts'

const schema = buildSchema(`
  enum Color { RED GREEN }
  input Auth @oneOf { basic: String, bearer: String }
  input Door { name: String!, width: Int = 80, color: Color, rooms: [Int!], auth: Auth }
  type Query { door(id: ID): String }
`)

function problemsOf(type: string, value: unknown): string[] {
  const inputType = typeFromAST(schema, parseType(type) as never)
  if (!isInputType(inputType)) throw new Error(type)
  return issuesOf(value, inputType, ['v']).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  )
}

describe('a variable of its type', () => {
  it.each([
    ['Int', 7],
    ['Int', null],
    ['Int', undefined],
    ['[Int!]!', [1, 2]],
    ['[Int!]', 1],
    ['Color', 'RED'],
    ['Door', { name: 'front', rooms: [1], color: null, auth: { basic: 'x' } }],
  ])('%s: %j', (type, value) => {
    expect(problemsOf(type, value)).toEqual([])
  })
})

describe('a variable of another type', () => {
  it.each([
    ['Int!', undefined, ['v is required']],
    ['Int!', null, ['v is required']],
    ['Int', 2 ** 31, ['v must be a whole number of at most 32 bits']],
    ['Int', 'secret', ['v must be a whole number of at most 32 bits']],
    ['ID', { a: 'secret' }, ['v must be an id']],
    ['Color', 'secret', ['v must be one of RED, GREEN']],
    [
      '[Int!]',
      [1, null, 'secret'],
      ['v.1 is required', 'v.2 must be a whole number of at most 32 bits'],
    ],
    ['Door', 'secret', ['v must be an object']],
    ['Door', [{ name: 'x' }], ['v must be an object']],
    [
      'Door',
      { width: 'secret' },
      ['v.name is required', 'v.width must be a whole number of at most 32 bits'],
    ],
    ['Door', { name: 'x', key: 'secret' }, ['v.key is not a field of Door']],
    ['Door', { name: 'x', auth: {} }, ['v.auth must have exactly one of basic, bearer']],
    ['Auth', { basic: 'a', bearer: 'b' }, ['v must have exactly one of basic, bearer']],
    ['Auth', { basic: null }, ['v must have exactly one of basic, bearer']],
  ])('%s: %j', (type, value, problems) => {
    expect(problemsOf(type, value)).toEqual(problems)
  })
})
