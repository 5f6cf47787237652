import type { Assertion, AssertionSource, Comparison, HttpMethod } from '../../../core/check.ts'
import { builder } from '../../graphql/builder.ts'
import { described } from '../../graphql/described.ts'
import { type ShownHttp, showAssertions, showHttp } from '../monitor.ts'

const read = { permission: 'MONITORS_READ' } as const

export const HttpMethodType = builder.enumType('HttpMethod', {
  description: 'How a request is made.',
  values: described<HttpMethod>({
    GET: 'Asks for the resource.',
    HEAD: 'Asks for its headers only.',
    POST: 'Sends the body.',
    PUT: 'Sends the body in place of the resource.',
    PATCH: 'Sends the body as a change.',
    DELETE: 'Asks to delete the resource.',
    OPTIONS: 'Asks what may be done.',
  }),
})

export const AssertionSourceType = builder.enumType('AssertionSource', {
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

export const ComparisonType = builder.enumType('Comparison', {
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

const AuthTypeType = builder.enumType('HttpAuthType', {
  description: 'How a request shows who it is from.',
  values: described<NonNullable<ShownHttp['authType']>>({
    BASIC: 'User name and password (RFC 7617).',
    BEARER: 'A token (RFC 6750).',
  }),
})

const StatusRange = builder.objectRef<{ from: number; to: number }>('StatusRange').implement({
  description: 'Status codes from one to another, both included.',
  authScopes: read,
  fields: (t) => ({
    from: t.exposeInt('from', { description: 'The first of them.' }),
    to: t.exposeInt('to', { description: 'The last of them.' }),
  }),
})

const MonitorHttp = builder.objectRef<ShownHttp>('MonitorHttp').implement({
  description: 'What is asked over HTTP, without its secrets.',
  authScopes: read,
  fields: (t) => ({
    method: t.expose('method', { type: HttpMethodType, description: 'How the request is made.' }),
    headerNames: t.exposeStringList('headerNames', {
      description: 'Which headers are sent. Their values are never shown.',
    }),
    body: t.exposeString('body', { nullable: true, description: 'What is sent.' }),
    authType: t.expose('authType', {
      type: AuthTypeType,
      nullable: true,
      description: 'With which kind of credentials; they themselves are never shown.',
    }),
    followRedirects: t.exposeBoolean('followRedirects', {
      description: 'Whether up to 5 redirects are followed.',
    }),
    verifyTls: t.exposeBoolean('verifyTls', {
      description: 'Whether a certificate that is not to be trusted is a failure.',
    }),
    expectedStatus: t.expose('expectedStatus', {
      type: [StatusRange],
      description: 'The final status codes that are healthy.',
    }),
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

builder.prismaObjectFields('Monitor', (t) => ({
  http: t.field({
    type: MonitorHttp,
    nullable: true,
    description: 'What is asked over HTTP; null where the stored settings cannot be read.',
    select: { expectations: true },
    resolve: ({ expectations }) => showHttp(expectations),
  }),
  assertions: t.field({
    type: [AssertionType],
    description: 'What must hold of every answer.',
    select: { assertions: true },
    resolve: ({ assertions }) => showAssertions(assertions),
  }),
}))
