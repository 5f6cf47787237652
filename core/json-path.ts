import {
  FunctionExpressionType,
  type FilterFunction,
  JSONPathEnvironment,
  type JSONPathQuery,
  type JSONValue,
} from 'json-p3'
import { compilePattern } from './pattern.ts'

const MAX_PATH_LENGTH = 256
/** Unions may select the same value again: three double it thrice at worst. */
const MAX_COMMAS = 3
const MAX_SELECTED = 10_000
const MAX_DEPTH = 100
const MAX_REMEMBERED = 500
const WALK_SIZE = 1.5
/** Patterns within a path are not measured one by one: what is larger is refused when it is met. */
const MAX_PATTERN_SIZE = 100

export type Json = JSONValue

/** `size` is a bound of the steps taken for each character of the document, as of a pattern's. */
export type JsonPath =
  | { ok: true; size: number; select(root: Json): Selection }
  | { ok: false; rule: string }

export type Selection = { ok: true; values: Json[] } | { ok: false; rule: string }

/** Compiles an RFC 9535 query whose cost stays linear in the document; remembers it. */
export function compileJsonPath(text: string): JsonPath {
  const known = remembered.get(text)
  if (known) return known
  const path = compile(text)
  if (remembered.size >= MAX_REMEMBERED) remembered.clear()
  remembered.set(text, path)
  return path
}

const remembered = new Map<string, JsonPath>()

function compile(text: string): JsonPath {
  const rule = costRule(text)
  if (rule) return { ok: false, rule }
  try {
    const query = environment.compile(text)
    return { ok: true, size: sizeOf(query, text), select: (root) => select(query, root) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, rule: `must be a JSONPath such as $.status: ${reason}` }
  }
}

/**
 * What would multiply the work is refused by its spelling: two descents, a filter in a filter, an
 * absolute query in a filter and patterns taken from the document take n² or worse on n values.
 */
function costRule(text: string): string | null {
  if (text.length > MAX_PATH_LENGTH) return `must be at most ${MAX_PATH_LENGTH} characters`
  const bare = text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '""')
  const count = (part: string) => bare.split(part).length - 1
  if (count('..') > 1) return 'must descend with .. at most once'
  if (count('?') > 1) return 'must have at most one filter'
  if (count('$') > 1) return 'must have $ only at its start'
  if (count(',') > MAX_COMMAS) return `must have at most ${MAX_COMMAS} commas`
  const calls = bare.match(/\b(?:match|search)\s*\(/g)?.length ?? 0
  const literalCalls = bare.match(/\b(?:match|search)\s*\([^,]*,\s*""\s*\)/g)?.length ?? 0
  return calls > literalCalls ? 'must give match() and search() a quoted pattern' : null
}

/** One value is found by looking it up; a walk takes about 100 ns for each character, seen on `$[?@..b]`. */
function sizeOf(query: JSONPathQuery, text: string): number {
  if (query.singularQuery()) return 0
  return WALK_SIZE + (/\b(?:match|search)\s*\(/.test(text) ? MAX_PATTERN_SIZE : 0)
}

function select(query: JSONPathQuery, root: Json): Selection {
  const values: Json[] = []
  try {
    for (const node of query.lazyQuery(root)) {
      if (values.length === MAX_SELECTED) {
        return { ok: false, rule: `selects more than ${MAX_SELECTED} values` }
      }
      values.push(node.value)
    }
    return { ok: true, values }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { ok: false, rule: `cannot be followed: ${reason}` }
  }
}

// json-p3's own match() and search() run on RegExp, which one value can keep busy for minutes.
const environment = new JSONPathEnvironment({ strict: true, maxRecursionDepth: MAX_DEPTH })
environment.functionRegister.set(
  'match',
  patternFunction((pattern) => `^(?:${pattern})$`),
)
environment.functionRegister.set(
  'search',
  patternFunction((pattern) => pattern),
)

function patternFunction(shape: (pattern: string) => string): FilterFunction {
  return {
    argTypes: [FunctionExpressionType.ValueType, FunctionExpressionType.ValueType],
    returnType: FunctionExpressionType.LogicalType,
    call(value: unknown, text: unknown) {
      if (typeof value !== 'string' || typeof text !== 'string') return false
      const pattern = compilePattern(shape(text))
      if (pattern.ok && pattern.size > MAX_PATTERN_SIZE) {
        throw new Error('its pattern repeats too much: use smaller counts')
      }
      return pattern.ok && pattern.test(value)
    },
  }
}
