import { expect, it } from 'vitest'
import { readCall } from './call.ts'

it.each([
  ['', 'SUCCESS', null],
  ['start', 'START', null],
  ['fail', 'FAIL', null],
  ['log', 'LOG', null],
  ['0', 'SUCCESS', 0],
  ['1', 'FAIL', 1],
  ['255', 'FAIL', 255],
])('an address that ends with %j says %s', (ending, kind, exitCode) => {
  expect(readCall(ending)).toEqual({ kind, exitCode })
})

it.each(['256', '999', '1000', '-1', '1.5', '0x1', 'START', ' ', 'constructor', '__proto__'])(
  'one that ends with %j says nothing',
  (ending) => {
    expect(readCall(ending)).toBeNull()
  },
)
