import { GraphQLError } from 'graphql'

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

/** ISO 8601 in UTC and nothing else: `2026-11-20T08:30:00Z`, with up to three decimals. */
export function parseDateTime(value: unknown): Date {
  if (typeof value !== 'string' || !ISO_UTC.test(value)) throw malformed()
  const date = new Date(value)
  // Date turns 30 February into 2 March, so the day that comes out must be the day that went in.
  if (Number.isNaN(date.getTime()) || date.toISOString().slice(0, 10) !== value.slice(0, 10)) {
    throw malformed()
  }
  return date
}

/** Stores hand out Dates, decisions epoch milliseconds; both leave as ISO 8601 UTC. */
export function serializeDateTime(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number') return new Date(value).toISOString()
  throw new TypeError('DateTime can only serialize a Date or epoch milliseconds')
}

function malformed(): GraphQLError {
  return new GraphQLError('A DateTime is ISO 8601 in UTC, such as 2026-11-20T08:30:00Z.', {})
}
