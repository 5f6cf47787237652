import { parseValue } from 'graphql'
import { expect, it } from 'vitest'
import { parseDateTime, parseDateTimeLiteral, serializeDateTime } from './date-time.ts'

it.each([
  ['2026-11-20T08:30:00Z', '2026-11-20T08:30:00.000Z'],
  ['2026-11-20T08:30:00.5Z', '2026-11-20T08:30:00.500Z'],
  ['2028-02-29T23:59:59.999Z', '2028-02-29T23:59:59.999Z'],
])('reads %s', (text, iso) => {
  expect(parseDateTime(text).toISOString()).toBe(iso)
})

it.each([
  '2026-11-20',
  '2026-11-20T08:30:00',
  '2026-11-20T08:30:00+01:00',
  '2026-11-20T08:30Z',
  '2026-11-20T08:30:00.1234Z',
  '2026-02-29T00:00:00Z',
  '2026-11-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '2026-11-20T23:60:00Z',
  '+002026-11-20T08:30:00Z',
  ' 2026-11-20T08:30:00Z',
  1_795_000_000_000,
  null,
])('refuses %j', (value) => {
  expect(() => parseDateTime(value)).toThrow('ISO 8601 in UTC')
})

it('writes dates and epoch milliseconds alike, and nothing else', () => {
  const at = Date.UTC(2026, 10, 20, 8, 30)
  expect(serializeDateTime(at)).toBe('2026-11-20T08:30:00.000Z')
  expect(serializeDateTime(new Date(at))).toBe('2026-11-20T08:30:00.000Z')
  expect(() => serializeDateTime('2026-11-20T08:30:00Z')).toThrow()
})

it('says where a literal stands that it refuses', () => {
  expect(parseDateTimeLiteral(parseValue('"2026-11-20T08:30:00Z"'))).toEqual(
    new Date('2026-11-20T08:30:00Z'),
  )
  for (const literal of ['"2026-11-20"', '20261120']) {
    const node = parseValue(literal)
    expect(() => parseDateTimeLiteral(node)).toThrow(expect.objectContaining({ nodes: [node] }))
  }
})
