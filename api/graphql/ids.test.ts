import { expect, it } from 'vitest'
import { decodeId, decodeIdOrNowhere, encodeId, uuidOf } from './ids.ts'

const key = '019aa000-0000-7000-8000-000000000001'
const id = encodeId('Monitor', key)

it('is opaque, and leads back', () => {
  expect(id).toMatch(/^[\w-]+$/)
  expect(decodeId(id)).toEqual({ typename: 'Monitor', id: key })
  expect(uuidOf('Monitor', id)).toBe(key)
})

it.each([
  ['of another type', encodeId('Incident', key)],
  ['of no UUID', encodeId('Monitor', '1; DROP TABLE users')],
  ['of a UUID in capitals', encodeId('Monitor', key.toUpperCase())],
  ['with padding', `${id}==`],
  ['with a line break', `${id}\n`],
  ['that is a bare UUID', key],
  ['that is empty', ''],
  ['with a null character', encodeId('Monitor', `${key}\u0000`)],
  ['that is nonsense', '💥'],
])('is NOT_FOUND %s', (_what, wrong) => {
  expect(() => uuidOf('Monitor', wrong)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

it('decodes to nowhere while nothing may be refused yet', () => {
  expect(decodeIdOrNowhere('💥')).toEqual({ typename: '', id: '' })
})
