import { GraphQLError, type ValidationRule } from 'graphql'
import { NULL_CHARACTER, NULL_CHARACTER_RULE } from '../variable-limits.ts'

/** As for variables, for strings that stand in the document. */
export const noNullCharacterRule: ValidationRule = (context) => ({
  StringValue(node) {
    if (!node.value.includes(NULL_CHARACTER)) return
    context.reportError(new GraphQLError(`A string ${NULL_CHARACTER_RULE}.`, { nodes: [node] }))
  },
})
