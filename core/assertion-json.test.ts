import { describe, expect, test } from 'vitest'
import { judge, outcome, response, type Row } from './testing/assertion.ts'

describe('JSON', () => {
  test.each([
    ['JSON', '$.status', 'EQUALS', 'degraded', null],
    ['JSON', '$.status', 'EQUALS', 'ok', 'JSON $.status is "degraded", expected to equal "ok"'],
    ['JSON', '$.count', 'EQUALS', '3.0', null],
    ['JSON', '$.count', 'EQUALS', '', 'JSON $.count is 3, expected to equal ""'],
    ['JSON', '$.ratio', 'EQUALS', '1.3', 'JSON $.ratio is 1.25, expected to equal "1.3"'],
    ['JSON', '$.ready', 'EQUALS', 'true', null],
    ['JSON', '$.nothing', 'EQUALS', 'null', null],
    ['JSON', '$.nothing', 'EXISTS', null, null],
    ['JSON', '$.text', 'EQUALS', '', null],
    ['JSON', '$.absent', 'EXISTS', null, 'JSON $.absent is missing, expected to exist'],
    ['JSON', '$.absent', 'NOT_EXISTS', null, null],
    [
      'JSON',
      '$.absent',
      'EQUALS',
      'undefined',
      'JSON $.absent is missing, expected to equal "undefined"',
    ],
    ['JSON', '$.nested', 'EQUALS', '{"b":[2],"a":1}', null],
    [
      'JSON',
      '$.nested',
      'EQUALS',
      '{"a":1}',
      'JSON $.nested is an object, expected to equal "{\\"a\\":1}"',
    ],
    ['JSON', '$.tags', 'CONTAINS', 'b', null],
    ['JSON', '$.tags', 'CONTAINS', 'c', 'JSON $.tags is an array of 2, expected to contain "c"'],
    ['JSON', '$.tags', 'MATCHES', 'a', 'JSON $.tags is an array of 2, expected to match "a"'],
    ['JSON', '$.count', 'GREATER_THAN', '2', null],
    ['JSON', '$.count', 'GREATER_THAN', '3', 'JSON $.count is 3, expected to be greater than 3'],
    [
      'JSON',
      '$.status',
      'LESS_THAN',
      '3',
      'JSON $.status is "degraded", expected to be less than 3',
    ],
    ['JSON', '$.parts[*].name', 'MATCHES', '^[a-z]+$', null],
    [
      'JSON',
      '$.parts[*].state',
      'EQUALS',
      'ok',
      'JSON $.parts[*].state is "slow" and 1 more, expected to equal "ok"',
    ],
    ['JSON', '$.parts[?@.name=="db"].state', 'EQUALS', 'ok', null],
    ['JSON', '$.parts[?search(@.name, "ca+che")].state', 'EQUALS', 'slow', null],
    ['JSON', '$.parts[?match(@.name, "cach")].state', 'NOT_EXISTS', null, null],
    ['JSON', '$..state', 'NOT_CONTAINS', 'down', null],
    [
      'JSON',
      '$[',
      'EXISTS',
      null,
      expect.stringContaining('JSON $[ must be a JSONPath such as $.status'),
    ],
  ] satisfies Row[])('%s %s %s %s: %s', judge)

  test('a body that is not JSON is told so', () => {
    expect(outcome(['JSON', '$.a', 'EXISTS', null], { ...response, body: '<html>' })).toBe(
      'JSON $.a cannot be read: the body is not JSON',
    )
  })
})
