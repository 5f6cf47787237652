import type { FieldNode, ValidationRule } from 'graphql'
import { MAX_DEPTH } from '../limits.ts'
import { limitError, measure } from './expansion.ts'

/** How many levels of fields an operation nests. */
export const maxDepthRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const depth = measure(operation.selectionSet, context, { field: depthOf, combine: Math.max })
    if (depth <= MAX_DEPTH) return
    const message = `This operation nests ${depth} levels deep; at most ${MAX_DEPTH} are allowed.`
    context.reportError(limitError(message, operation))
  },
})

/** Introspection has a depth rule of its own in the specification, and needs more than ours allows. */
function depthOf(field: FieldNode, below: number): number {
  return field.name.value.startsWith('__') ? 1 : 1 + below
}
