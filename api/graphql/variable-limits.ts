import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  isInputType,
  typeFromAST,
  type VariableDefinitionNode,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type InputIssue, Refusal } from '../refusal.ts'
import type { Gate, Stranger } from './gate.ts'
import { MAX_VARIABLE_DEPTH, MAX_VARIABLE_ISSUES } from './limits.ts'
import { issuesOf } from './variable-issues.ts'

export const NULL_CHARACTER = '\u0000'
export const NULL_CHARACTER_RULE = 'must not contain the character U+0000'

type Operation = {
  schema: GraphQLSchema
  document: DocumentNode
  operationName?: string | null
  variableValues?: Record<string, unknown> | null
  contextValue: Stranger
}

/**
 * What variables may be like, on every transport: how deep they nest, which text they hold, and that
 * they are of their types. The executor would see to the last too, but quote what it refuses.
 */
export function variableLimits({ counted }: Pick<Gate, 'counted'>): Plugin {
  function judge(operation: Operation): void {
    try {
      judgeText(operation.variableValues)
      judgeTypes(operation)
    } catch (error) {
      throw counted(operation.contextValue, error)
    }
  }

  return {
    onExecute: ({ args }) => judge(args as unknown as Operation),
    onSubscribe: ({ args }) => judge(args as unknown as Operation),
  }
}

function judgeTypes({ schema, document, operationName, variableValues }: Operation): void {
  const definitions = getOperationAST(document, operationName)?.variableDefinitions ?? []
  const judged = definitions.map((definition) => ({
    definition,
    issues: variableIssues(schema, definition, variableValues ?? {}),
  }))
  const wrong = judged.filter(({ issues }) => issues.length > 0)
  if (wrong.length === 0) return
  const issues = wrong.flatMap((one) => one.issues).slice(0, MAX_VARIABLE_ISSUES)
  const originalError = new Refusal('BAD_USER_INPUT', 'The variables break a rule.', { issues })
  const nodes = wrong.map(({ definition }) => definition)
  throw new GraphQLError(originalError.message, { nodes, originalError })
}

function variableIssues(
  schema: GraphQLSchema,
  { variable, type: typeNode, defaultValue }: VariableDefinitionNode,
  given: Record<string, unknown>,
): InputIssue[] {
  const name = variable.name.value
  const type = typeFromAST(schema, typeNode)
  const value = Object.hasOwn(given, name) ? given[name] : undefined
  if (!isInputType(type) || (value === undefined && defaultValue)) return []
  return issuesOf(value, type, [name]).map((issue) => ({ ...issue, path: withinInput(issue.path) }))
}

type Place = { value: unknown; key: string; above: Place | null; depth: number }

/** With a list of its own instead of recursion: what is judged may nest deeper than the stack. */
function judgeText(variables: unknown): void {
  const open: Place[] = [{ value: variables, key: '', above: null, depth: 0 }]
  for (let place = open.pop(); place; place = open.pop()) {
    const { value, depth } = place
    // Postgres stores every character but this one, and would fail instead of us refusing.
    if (typeof value === 'string' && value.includes(NULL_CHARACTER)) throw unstorable(pathOf(place))
    if (typeof value !== 'object' || value === null) continue
    if (depth > MAX_VARIABLE_DEPTH) throw tooDeep()
    for (const [key, below] of Object.entries(value)) {
      open.push({ value: below, key, above: place, depth: depth + 1 })
    }
  }
}

function pathOf(place: Place): string[] {
  const path: string[] = []
  for (let step = place; step.above; step = step.above) path.unshift(step.key)
  return withinInput(path)
}

/** From within the argument on, as a domain would name it: what a variable is called is the caller's affair. */
function withinInput<Step>(path: Step[]): Step[] {
  return path.length > 1 ? path.slice(1) : path
}

function unstorable(path: string[]): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', {
    issues: [{ path, message: NULL_CHARACTER_RULE }],
  })
}

function tooDeep(): Refusal {
  return new Refusal('LIMIT_REACHED', `Variables nest at most ${MAX_VARIABLE_DEPTH} levels deep.`)
}
