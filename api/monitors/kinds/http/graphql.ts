import type { HttpMethod } from '../../../../core/check.ts'
import { builder } from '../../../graphql/builder.ts'
import { described } from '../../../graphql/described.ts'
import { shownBy } from '../shown.ts'
import { shownHttp, type ShownHttp } from './stored.ts'

const read = { permission: 'MONITORS_READ' } as const

const HttpMethodType = builder.enumType('HttpMethod', {
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

export const MonitorHttpInput = builder.inputType('MonitorHttpInput', {
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

builder.prismaObjectField('Monitor', 'http', (t) =>
  t.field({
    type: MonitorHttp,
    nullable: true,
    description: 'What is asked over HTTP; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true },
    resolve: shownBy('HTTP', shownHttp),
  }),
)
