import { builder } from '../../graphql/builder.ts'
import { AssertionSourceType, ComparisonType, HttpMethodType } from '../expectations/graphql.ts'
import { MonitorKindType } from '../graphql.ts'

const HeaderInput = builder.inputType('HttpHeaderInput', {
  description: 'A header to send. At most 32 of them.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'Its name.' }),
    value: t.string({
      description: 'Its value, never shown again; on update, left out keeps the stored one.',
    }),
  }),
})

const BasicAuthInput = builder.inputType('HttpBasicAuthInput', {
  description: 'User name and password (RFC 7617).',
  fields: (t) => ({
    username: t.string({ required: true, description: 'The user name, without a colon.' }),
    password: t.string({ required: true, description: 'The password, never shown again.' }),
  }),
})

const BearerAuthInput = builder.inputType('HttpBearerAuthInput', {
  description: 'A bearer token (RFC 6750).',
  fields: (t) => ({
    token: t.string({ required: true, description: 'The token, never shown again.' }),
  }),
})

const AuthInput = builder.inputType('HttpAuthInput', {
  description: 'Credentials of one kind.',
  isOneOf: true,
  fields: (t) => ({
    basic: t.field({ type: BasicAuthInput, description: 'User name and password.' }),
    bearer: t.field({ type: BearerAuthInput, description: 'A token.' }),
  }),
})

const StatusRangeInput = builder.inputType('StatusRangeInput', {
  description: 'Status codes from one to another, both included, within 100–599.',
  fields: (t) => ({
    from: t.int({ required: true, description: 'The first of them.' }),
    to: t.int({ description: 'The last of them; left out for the first alone.' }),
  }),
})

const MonitorHttpInput = builder.inputType('MonitorHttpInput', {
  description: 'What to ask over HTTP. On update, what is left out stays.',
  fields: (t) => ({
    method: t.field({ type: HttpMethodType, description: 'How to ask; GET by default.' }),
    headers: t.field({ type: [HeaderInput], description: 'All headers to send beside our own.' }),
    body: t.string({ description: 'What to send, at most 16 KB.' }),
    auth: t.field({ type: AuthInput, description: 'Who to be; null for nobody.' }),
    followRedirects: t.boolean({ description: 'Follow up to 5 redirects; true by default.' }),
    verifyTls: t.boolean({
      description: 'Take a certificate that is not to be trusted as a failure; true by default.',
    }),
    expectedStatus: t.field({
      type: [StatusRangeInput],
      description: 'Which final status codes are healthy; 200–399 by default.',
    }),
  }),
})

const AssertionInput = builder.inputType('AssertionInput', {
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

type InputFields = PothosSchemaTypes.InputFieldBuilder<
  typeof builder.$inferSchemaTypes,
  'InputObject'
>

/** Required to create a monitor; to change one, each may be left out. */
export function nameFields<Required extends boolean>(t: InputFields, required: Required) {
  return {
    name: t.string({ required, description: 'What to call it, 1–200 characters.' }),
    target: t.string({
      required,
      description: 'The address to watch, such as https://example.com/.',
    }),
    kind: t.field({ type: MonitorKindType, required, description: 'How to watch it.' }),
  }
}

export function settingsFields(t: InputFields) {
  return {
    intervalSeconds: t.int({ description: 'How often to check, 10–86,400; 60 by default.' }),
    timeoutMs: t.int({
      description:
        'How long a check may take, 100–30,000 and at most the interval; 10,000 by default.',
    }),
    regions: t.stringList({ description: 'From where to check; `local` by default.' }),
    quorum: t.int({
      description: 'How many regions must find it down; null for a strict majority.',
    }),
    failureThreshold: t.int({
      description: 'How many failures in a row make a region vote DOWN, 1–20; 3 by default.',
    }),
    recoveryThreshold: t.int({
      description: 'How many successes in a row make it vote UP again, 1–20; 1 by default.',
    }),
    latencyThresholdMs: t.int({
      description: 'What takes longer is slow, at most the timeout; null if nothing is.',
    }),
    slowThreshold: t.int({
      description: 'How many slow checks in a row make a region vote SLOW, 1–20; 3 by default.',
    }),
    normalThreshold: t.int({
      description: 'How many normal ones in a row end that, 1–20; 3 by default.',
    }),
    alertEmail: t.string({ description: 'Who to tell; null for whoever made it.' }),
    http: t.field({ type: MonitorHttpInput, description: 'What to ask over HTTP.' }),
    assertions: t.field({
      type: [AssertionInput],
      description: 'What must hold of every answer, at most 20.',
    }),
  }
}
