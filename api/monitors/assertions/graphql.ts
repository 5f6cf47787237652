import type { Assertion, AssertionSource, Comparison } from '../../../core/check.ts'
import { builder } from '../../graphql/builder.ts'
import { described } from '../../graphql/described.ts'
import { showAssertions } from '../monitor.ts'

const read = { permission: 'MONITORS_READ' } as const

const AssertionSourceType = builder.enumType('AssertionSource', {
  description: 'What of an answer an assertion looks at.',
  values: described<AssertionSource>({
    STATUS: 'The final status code.',
    HEADER: 'The header named by `property`; repeated ones joined by a comma.',
    BODY: 'The body as text.',
    JSON: 'What the JSONPath (RFC 9535) in `property` selects from the body: all of it must comply.',
    LATENCY: 'Milliseconds from the start of resolving to the last byte.',
    CERTIFICATE_DAYS: 'Days until the first certificate of the chain expires.',
    DNS_RECORD: 'The records of the answer, as text: one of them must comply.',
  }),
})

const ComparisonType = builder.enumType('Comparison', {
  description: 'How an assertion compares.',
  values: described<Comparison>({
    EQUALS: 'Is the same text or number.',
    NOT_EQUALS: 'Is not, or is missing.',
    CONTAINS: 'Has it as a part.',
    NOT_CONTAINS: 'Has it not, or is missing.',
    MATCHES: 'Matches the pattern, in RE2 syntax, anywhere.',
    NOT_MATCHES: 'Does not match it, or is missing.',
    EXISTS: 'Is there.',
    NOT_EXISTS: 'Is not there.',
    GREATER_THAN: 'Is a greater number.',
    LESS_THAN: 'Is a smaller number.',
  }),
})

const AssertionType = builder.objectRef<Assertion>('Assertion').implement({
  description: 'Something that must hold of every answer.',
  authScopes: read,
  fields: (t) => ({
    source: t.expose('source', { type: AssertionSourceType, description: 'What is looked at.' }),
    property: t.exposeString('property', {
      nullable: true,
      description: 'Which header, or which JSONPath; null for all other sources.',
    }),
    comparison: t.expose('comparison', { type: ComparisonType, description: 'How it compares.' }),
    target: t.exposeString('target', {
      nullable: true,
      description: 'What it is compared with; null for EXISTS and NOT_EXISTS.',
    }),
  }),
})

export const AssertionInput = builder.inputType('AssertionInput', {
  description: 'Something that must hold of every answer.',
  fields: (t) => ({
    source: t.field({ type: AssertionSourceType, required: true, description: 'What to look at.' }),
    property: t.string({
      description: 'Which header, or which JSONPath; for HEADER and JSON only.',
    }),
    comparison: t.field({ type: ComparisonType, required: true, description: 'How to compare.' }),
    target: t.string({ description: 'What to compare with; left out for EXISTS and NOT_EXISTS.' }),
  }),
})

builder.prismaObjectFields('Monitor', (t) => ({
  assertions: t.field({
    type: [AssertionType],
    description: 'What must hold of every answer.',
    select: { assertions: true },
    resolve: ({ assertions }) => showAssertions(assertions),
  }),
}))
