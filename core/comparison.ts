import type { Comparison } from './check.ts'
import type { Json } from './json-path.ts'
import { compilePattern } from './pattern.ts'

/**
 * Whether what was found stands in the relation to `target`. Of several values all must; a negative
 * comparison also holds where nothing was found, a positive one does not.
 */
export function holds(found: Json[], comparison: Comparison, target: string): boolean {
  switch (comparison) {
    case 'EXISTS':
      return found.length > 0
    case 'NOT_EXISTS':
      return found.length === 0
    case 'EQUALS':
      return all(found, (value) => equals(value, target))
    case 'NOT_EQUALS':
      return !found.some((value) => equals(value, target))
    case 'CONTAINS':
      return all(found, (value) => includes(value, target))
    case 'NOT_CONTAINS':
      return !found.some((value) => includes(value, target))
    case 'MATCHES':
      return all(found, (value) => matches(value, target))
    case 'NOT_MATCHES':
      return !found.some((value) => matches(value, target))
    case 'GREATER_THAN':
      return all(found, (value) => toNumber(value) > Number(target))
    case 'LESS_THAN':
      return all(found, (value) => toNumber(value) < Number(target))
  }
}

function all(found: Json[], test: (value: Json) => boolean): boolean {
  return found.length > 0 && found.every(test)
}

/** Text equals text; 1.0 equals 1; an object equals its JSON in any key order. */
function equals(value: Json, target: string): boolean {
  if (typeof value === 'string') return value === target
  if (typeof value === 'number') return target.trim() !== '' && Number(target) === value
  if (typeof value !== 'object' || value === null) return String(value) === target
  return sameJson(value, parseJson(target))
}

function includes(value: Json, target: string): boolean {
  if (typeof value === 'string') return value.includes(target)
  return Array.isArray(value) && value.some((item) => equals(item, target))
}

function matches(value: Json, target: string): boolean {
  if (typeof value === 'object' && value !== null) return false
  const pattern = compilePattern(target)
  return pattern.ok && pattern.test(String(value))
}

function toNumber(value: Json): number {
  if (typeof value === 'string') return value.trim() === '' ? NaN : Number(value)
  return typeof value === 'number' ? value : NaN
}

function sameJson(left: Json, right: Json): boolean {
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right)
    return left === right
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const [leftFields, rightFields] = [Object.entries(left), new Map(Object.entries(right))]
  return (
    leftFields.length === rightFields.size &&
    leftFields.every(
      ([key, value]) => rightFields.has(key) && sameJson(value, rightFields.get(key)),
    )
  )
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}
