import type { FieldNode, ValidationRule } from 'graphql'
import { MAX_ALIASES } from '../limits.ts'
import { limitError, measure, sum } from './expansion.ts'

/** How often an operation asks for the same again under another name. */
export const maxAliasesRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const aliases = measure(operation.selectionSet, context, { field: aliasesOf, combine: sum })
    if (aliases <= MAX_ALIASES) return
    const message = `This operation has ${aliases} aliases; at most ${MAX_ALIASES} are allowed.`
    context.reportError(limitError(message, operation))
  },
})

function aliasesOf(field: FieldNode, below: number): number {
  return field.alias ? 1 + below : below
}
