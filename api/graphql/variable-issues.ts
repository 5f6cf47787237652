import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLLeafType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql'
import type { InputIssue } from '../refusal.ts'

type Path = InputIssue['path']

/** What is wrong with a variable's value: by path and rule, and never by quoting it, for it may be a password. */
export function issuesOf(value: unknown, type: GraphQLInputType, path: Path): InputIssue[] {
  if (isNonNullType(type)) {
    return value == null ? [missing(path)] : issuesOf(value, type.ofType, path)
  }
  if (value == null) return []
  if (isListType(type)) {
    // The specification takes one value for a list of one.
    if (!Array.isArray(value)) return issuesOf(value, type.ofType, path)
    return value.flatMap((item, index) => issuesOf(item, type.ofType, [...path, index]))
  }
  return isInputObjectType(type) ? objectIssues(value, type, path) : leafIssues(value, type, path)
}

function objectIssues(value: unknown, type: GraphQLInputObjectType, path: Path): InputIssue[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ path, message: 'must be an object' }]
  }
  const given = new Map<string, unknown>(Object.entries(value))
  const fields = type.getFields()
  const ofKnown = Object.values(fields).flatMap((field) => {
    const at = [...path, field.name]
    if (given.has(field.name)) return issuesOf(given.get(field.name), field.type, at)
    return isRequiredInputField(field) ? [missing(at)] : []
  })
  const unknown = [...given.keys()].filter((name) => !Object.hasOwn(fields, name))
  const ofUnknown = unknown.map((name) => ({
    path: [...path, name],
    message: `is not a field of ${type.name}`,
  }))
  return [...ofKnown, ...ofUnknown, ...choiceIssues(given, type, path)]
}

function choiceIssues(
  given: ReadonlyMap<string, unknown>,
  type: GraphQLInputObjectType,
  path: Path,
): InputIssue[] {
  const isChosen = [...given.values()].filter((value) => value !== null).length === 1
  if (!type.isOneOf || (given.size === 1 && isChosen)) return []
  const names = Object.keys(type.getFields()).join(', ')
  return [{ path, message: `must have exactly one of ${names}` }]
}

function leafIssues(value: unknown, type: GraphQLLeafType, path: Path): InputIssue[] {
  return isReadable(value, type) ? [] : [{ path, message: ruleOf(type) }]
}

function isReadable(value: unknown, type: GraphQLLeafType): boolean {
  try {
    return type.coerceInputValue(value) !== undefined
  } catch {
    return false
  }
}

const RULES: Record<string, string> = {
  Int: 'must be a whole number of at most 32 bits',
  Float: 'must be a number',
  String: 'must be a string',
  Boolean: 'must be true or false',
  ID: 'must be an id',
  DateTime: 'must be ISO 8601 in UTC, such as 2026-11-20T08:30:00Z',
}

function ruleOf(type: GraphQLLeafType): string {
  if (!isEnumType(type)) return RULES[type.name] ?? `must be a ${type.name}`
  const names = type.getValues().map(({ name }) => name)
  return `must be one of ${names.join(', ')}`
}

function missing(path: Path): InputIssue {
  return { path, message: 'is required' }
}
