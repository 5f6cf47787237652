import { expect } from 'vitest'
import { type AssertedResponse, judgeAssertions } from '../assertion.ts'
import type { Assertion, AssertionSource, Comparison } from '../check.ts'

export const NOW = Date.parse('2026-11-20T00:00:00Z')
const DAY_MS = 86_400_000

export const response: AssertedResponse = {
  status: 200,
  headers: {
    'content-type': 'application/json',
    'x-remaining': '17',
    'set-cookie': ['a=1', 'b=2'],
    'x-empty': '',
  },
  body: JSON.stringify({
    status: 'degraded',
    count: 3,
    ratio: 1.25,
    ready: true,
    nothing: null,
    text: '',
    parts: [
      { name: 'db', state: 'ok' },
      { name: 'cache', state: 'slow' },
    ],
    tags: ['a', 'b'],
    nested: { a: 1, b: [2] },
  }),
  records: ['10 mx1.example.com', '20 mx2.example.com'],
  latencyMs: 812.44,
  certificateExpiresAt: NOW + 13.96 * DAY_MS,
  now: NOW,
}

export type Terms = [
  source: AssertionSource,
  property: string | null,
  comparison: Comparison,
  target: string | null,
]

/** An assertion, and null if it holds or else its message. */
export type Row = [...Terms, message: string | null]

export function judge(...[source, property, comparison, target, message]: Row): void {
  expect(outcome([source, property, comparison, target], response)).toEqual(message)
}

export function outcome(terms: Terms, judged: AssertedResponse): string | null {
  return judgeAssertions([assertionOf(...terms)], judged)?.message ?? null
}

export function assertionOf(...[source, property, comparison, target]: Terms): Assertion {
  return { source, property, comparison, target }
}
