import { type GraphQLArgument, type GraphQLOutputType, getNullableType, isListType } from 'graphql'
import { ASSUMED_LIST_LENGTH, DEFAULT_PAGE_SIZE } from './limits.ts'

type PageArguments = { first?: number | null; last?: number | null }
type Field = { args: readonly GraphQLArgument[]; type: GraphQLOutputType }

/** A field costs 1 and what is below it, as often as there are objects: a page has the size asked for. */
export function costOf(args: PageArguments, _context: object, field: Field) {
  return { field: 1, multiplier: lengthOf(args, field) }
}

/** The connection has multiplied already: its edges and nodes do not do it again. */
export const pageItemCost = { field: 1, multiplier: 1 }

function lengthOf({ first, last }: PageArguments, field: Field): number {
  const isConnection = field.args.some((argument) => argument.name === 'first')
  if (isConnection) return first ?? last ?? DEFAULT_PAGE_SIZE
  return isListType(getNullableType(field.type)) ? ASSUMED_LIST_LENGTH : 1
}
