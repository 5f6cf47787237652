import type { ComplexityErrorKind } from '@pothos/plugin-complexity'
import type { GraphQLArgument } from 'graphql'
import { Refusal } from '../refusal.ts'
import { DEFAULT_PAGE_SIZE } from './limits.ts'

type PageArguments = { first?: number | null; last?: number | null }

/** A field costs 1, and a connection multiplies what is below it by the size of the page asked for. */
export function costOf(
  args: PageArguments,
  _context: object,
  field: { args: readonly GraphQLArgument[] },
): number | { field: number; multiplier: number } {
  const isConnection = field.args.some((argument) => argument.name === 'first')
  if (!isConnection) return { field: 1, multiplier: 1 }
  return { field: 1, multiplier: args.first ?? args.last ?? DEFAULT_PAGE_SIZE }
}

/** The connection has multiplied already: its edges and nodes do not do it again. */
export const pageItemCost = { field: 1, multiplier: 1 }

export function tooComplex(
  _kind: ComplexityErrorKind,
  cost: { complexity: number; maxComplexity?: number },
): Refusal {
  return new Refusal(
    'LIMIT_REACHED',
    `This operation costs ${cost.complexity}; at most ${cost.maxComplexity} is allowed. Ask for fewer fields or smaller pages.`,
  )
}
