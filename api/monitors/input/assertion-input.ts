import { z } from 'zod'
import type { Assertion, AssertionSource, Comparison } from '../../../core/check.ts'
import { compileJsonPath } from '../../../core/json-path.ts'
import { compilePattern } from '../../../core/pattern.ts'
import { headerNameRule } from '../../../core/target.ts'
import { type Given, storableRule } from './rules.ts'

export const MAX_ASSERTIONS = 20
const MAX_TARGET_LENGTH = 1_000

export type AssertionInput = Pick<Assertion, 'source' | 'comparison'> &
  Given<Pick<Assertion, 'property' | 'target'>>

/** What an assertion on a source looks at, and how it may compare. */
type SourceRules = {
  /** The rule that the property breaks, or null; null instead if there is no property. */
  property: ((text: string) => string | null) | null
  comparisons: readonly Comparison[]
}

const ordered = ['GREATER_THAN', 'LESS_THAN'] as const
const equal = ['EQUALS', 'NOT_EQUALS'] as const
const text = [...equal, 'CONTAINS', 'NOT_CONTAINS', 'MATCHES', 'NOT_MATCHES'] as const
const any = [...text, 'EXISTS', 'NOT_EXISTS', ...ordered] as const

const rulesBySource = {
  STATUS: { property: null, comparisons: [...equal, ...ordered] },
  HEADER: { property: headerNameRule, comparisons: any },
  BODY: { property: null, comparisons: text },
  JSON: { property: jsonPathRule, comparisons: any },
  LATENCY: { property: null, comparisons: ordered },
  CERTIFICATE_DAYS: { property: null, comparisons: ordered },
  DNS_RECORD: { property: null, comparisons: [...text, 'EXISTS', 'NOT_EXISTS'] },
} satisfies Record<AssertionSource, SourceRules>

export const assertionSources = Object.keys(rulesBySource) as [AssertionSource]
export const comparisons = any

/** One assertion of a monitor's input. */
export const assertionRules = z
  .object({
    source: z.enum(assertionSources, `must be one of ${assertionSources.join(', ')}`),
    property: z.string().nullish().default(null),
    comparison: z.enum(comparisons, `must be one of ${comparisons.join(', ')}`),
    target: z.string().nullish().default(null),
  })
  .superRefine((assertion, context) => {
    const rules = brokenRules(assertion)
    for (const [field, message] of Object.entries(rules)) {
      if (message) context.addIssue({ code: 'custom', path: [field], message })
    }
  })

type Broken = Record<'property' | 'comparison' | 'target', string | null>

function brokenRules(assertion: Assertion): Broken {
  const { property, comparisons }: SourceRules = rulesBySource[assertion.source]
  return {
    property: propertyRule(assertion, property),
    comparison: comparisons.includes(assertion.comparison)
      ? null
      : `must be one of ${comparisons.join(', ')} for ${assertion.source}`,
    target: targetRule(assertion),
  }
}

function propertyRule(
  { source, property }: Assertion,
  rule: SourceRules['property'],
): string | null {
  if (rule === null) return property === null ? null : `must be left out for ${source}`
  return property === null ? `must be given for ${source}` : rule(property)
}

function jsonPathRule(text: string): string | null {
  const path = compileJsonPath(text)
  return path.ok ? null : path.rule
}

function targetRule({ source, comparison, target }: Assertion): string | null {
  if (comparison === 'EXISTS' || comparison === 'NOT_EXISTS') {
    return target === null ? null : `must be left out for ${comparison}`
  }
  if (target === null) return `must be given for ${comparison}`
  if (target.length > MAX_TARGET_LENGTH) return `must be at most ${MAX_TARGET_LENGTH} characters`
  return storableRule(target) ?? comparedRule({ source, comparison }, target)
}

function comparedRule(
  { source, comparison }: Pick<Assertion, 'source' | 'comparison'>,
  target: string,
): string | null {
  if (comparison === 'MATCHES' || comparison === 'NOT_MATCHES') {
    const pattern = compilePattern(target)
    return pattern.ok ? null : pattern.rule
  }
  if (source === 'STATUS' || comparison === 'GREATER_THAN' || comparison === 'LESS_THAN') {
    return /^-?\d+(\.\d+)?$/.test(target) ? null : 'must be a number'
  }
  const isContained = comparison === 'CONTAINS' || comparison === 'NOT_CONTAINS'
  return isContained && target === '' ? 'must not be empty' : null
}
