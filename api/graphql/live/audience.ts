import { Kind, type ValidatedSubscriptionArgs, visit } from 'graphql'
import type { Principal } from '../../accounts/principal.ts'

/** Where a stream begins; what its events look like does not depend on it. */
const CURSOR_ARGUMENT = 'after'

/**
 * What all have in common who may see the same of a workspace. It is nobody: a resolver that asks who
 * is there would show one subscriber's own affairs to all, and fails.
 */
export function audienceOf({ workspaceId, role, permissions }: Principal): Principal {
  return {
    workspaceId,
    role,
    permissions,
    credential: { kind: 'AUDIENCE' },
    get userId(): string {
      throw new Error('What is executed once for an audience is not about one of them.')
    },
  }
}

/** Of one operation, what decides on the results of its events. */
type Asked = Pick<ValidatedSubscriptionArgs, 'document' | 'operation' | 'variableValues'>

/** Within a workspace and a document the same for all who may see and ask for the same, wherever they begin. */
export function audienceKey({ role, permissions }: Principal, asked: Asked): string {
  const cursors = cursorVariables(asked)
  const variables = Object.entries(asked.variableValues.coerced).filter(
    ([name]) => !cursors.has(name),
  )
  return JSON.stringify([role, [...permissions].toSorted(), asked.operation.name?.value, variables])
}

/** Variables that are used for nothing else than to say where to begin. */
function cursorVariables({ document, operation }: Asked): Set<string> {
  const uses = new Map<string, number>()
  visit(document, {
    VariableDefinition: () => false,
    Variable: ({ name: { value } }) => void uses.set(value, (uses.get(value) ?? 0) + 1),
  })
  const cursors = operation.selectionSet.selections
    .flatMap((selection) => (selection.kind === Kind.FIELD ? (selection.arguments ?? []) : []))
    .filter(({ name }) => name.value === CURSOR_ARGUMENT)
    .flatMap(({ value }) => (value.kind === Kind.VARIABLE ? [value.name.value] : []))
  return new Set(cursors.filter((name) => uses.get(name) === 1))
}
