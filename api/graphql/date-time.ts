import { GraphQLError, Kind, type ValueNode } from 'graphql'

const ISO_UTC = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/

/** ISO 8601 in UTC and nothing else: `2026-11-20T08:30:00Z`, with up to three decimals. */
export function parseDateTime(value: unknown): Date {
  return dateOf(value) ?? refuse()
}

/** The same where it stands in the document: the refusal says where. */
export function parseDateTimeLiteral(node: ValueNode): Date {
  return dateOf(node.kind === Kind.STRING ? node.value : null) ?? refuse(node)
}

/** Stores hand out Dates, decisions epoch milliseconds; both leave as ISO 8601 UTC. */
export function serializeDateTime(value: unknown): string {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'number') return new Date(value).toISOString()
  throw new TypeError('DateTime can only serialize a Date or epoch milliseconds')
}

function dateOf(value: unknown): Date | null {
  if (typeof value !== 'string' || !ISO_UTC.test(value)) return null
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return null
  // Date turns 30 February into 2 March, so the day that comes out must be the day that went in.
  return date.toISOString().slice(0, 10) === value.slice(0, 10) ? date : null
}

function refuse(nodes?: ValueNode): never {
  throw new GraphQLError('A DateTime is ISO 8601 in UTC, such as 2026-11-20T08:30:00Z.', { nodes })
}
