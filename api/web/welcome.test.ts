import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../schema.ts'
import { welcome } from './welcome.ts'

it('welcomes with operations that run', () => {
  expect(validate(schema, parse(welcome))).toEqual([])
})
