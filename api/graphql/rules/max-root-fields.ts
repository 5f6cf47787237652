import type { ValidationRule } from 'graphql'
import { MAX_ROOT_FIELDS } from '../limits.ts'
import { limitError, measure, sum } from './expansion.ts'

/** How many queries or mutations one operation bundles. */
export const maxRootFieldsRule: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    const fields = measure(operation.selectionSet, context, { field: () => 1, combine: sum })
    if (fields <= MAX_ROOT_FIELDS) return
    const message = `This operation has ${fields} root fields; at most ${MAX_ROOT_FIELDS} are allowed.`
    context.reportError(limitError(message, operation))
  },
})
