import type { Plugin } from 'graphql-yoga'
import { Refusal } from '../refusal.ts'
import { MAX_VARIABLE_DEPTH } from './limits.ts'

export const NULL_CHARACTER = '\u0000'
export const NULL_CHARACTER_RULE = 'must not contain the character U+0000'

/** What variables may be like, on every transport: how deep they nest, and which text they hold. */
export const variableLimits: Plugin = {
  onExecute: ({ args }) => judge(args.variableValues),
  onSubscribe: ({ args }) => judge(args.variableValues),
}

type Place = { value: unknown; key: string; above: Place | null; depth: number }

/** With a list of its own instead of recursion: what is judged may nest deeper than the stack. */
function judge(variables: unknown): void {
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

/** From within the argument on, as a domain would name it: what a variable is called is the caller's affair. */
function pathOf(place: Place): string[] {
  const path: string[] = []
  for (let step = place; step.above; step = step.above) path.unshift(step.key)
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
