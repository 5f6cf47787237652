import { z } from 'zod'
import type { HttpAuth, HttpExpectations, HttpMethod } from '../../../../core/check.ts'
import {
  headerNameRule,
  headerValueRule,
  MAX_HEADERS,
  parseTarget,
} from '../../../../core/target.ts'
import { httpMethods } from '../../../../core/vocabulary.ts'
import {
  clearable,
  complete,
  type Given,
  listOf,
  overlay,
  plainTextRule,
  storableRule,
  textUnder,
  wholeNumber,
  yesOrNo,
} from '../../input/rules.ts'
import type { Kind } from '../kind.ts'
import { addressRule } from '../target-rule.ts'
import { joinHttp, splitHttp } from './stored.ts'

const MAX_BODY_BYTES = 16_384
const MAX_STATUS_RANGES = 20
const MAX_USERNAME_LENGTH = 200
const MAX_PASSWORD_LENGTH = 1_000
const MAX_TOKEN_LENGTH = 4_096

/** A header without a value keeps the one stored under its name. */
type HeaderInput = { name: string; value?: string | null }

type AuthInput = Given<{
  basic: { username: string; password: string }
  bearer: { token: string }
}>

type HttpFields = {
  method: HttpMethod
  headers: HeaderInput[]
  body: string | null
  auth: AuthInput | null
  followRedirects: boolean
  verifyTls: boolean
  expectedStatus: { from: number; to?: number | null }[]
}

export type HttpInput = Given<HttpFields>

const defaults: HttpFields = {
  method: 'GET',
  headers: [],
  body: null,
  auth: null,
  followRedirects: true,
  verifyTls: true,
  expectedStatus: [{ from: 200, to: 399 }],
}

const statusRange = z
  .object({ from: wholeNumber(100, 599), to: wholeNumber(100, 599).nullish() })
  .transform(({ from, to }) => ({ from, to: to ?? from }))
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'must not be less than from' })

const basic = z
  .object({
    username: textUnder(usernameRule),
    password: textUnder(passwordRule),
  })
  .transform((credentials): HttpAuth => ({ type: 'BASIC', ...credentials }))

const bearer = z
  .object({ token: textUnder(tokenRule) })
  .transform((credentials): HttpAuth => ({ type: 'BEARER', ...credentials }))

const auth = z
  .object({ basic: basic.nullish(), bearer: bearer.nullish() })
  .transform((given) => given.basic ?? given.bearer ?? null)

const httpRules = z
  .object({
    method: z.enum(httpMethods, `must be one of ${httpMethods.join(', ')}`),
    headers: clearable(
      listOf(
        z.object({
          name: textUnder(headerNameRule),
          value: textUnder(headerValueRule),
        }),
        MAX_HEADERS,
      ).superRefine(refuseRepeats),
    ),
    body: textUnder(bodyRule).nullable(),
    auth: auth.nullable(),
    followRedirects: yesOrNo,
    verifyTls: yesOrNo,
    expectedStatus: listOf(statusRange, MAX_STATUS_RANGES).min(1, 'must have at least one range'),
  })
  .refine((http) => http.auth === null || !http.headers.some(isAuthorization), {
    path: ['auth'],
    error: 'cannot be combined with an Authorization header',
  }) satisfies z.ZodType<HttpExpectations>

export const http: Kind<HttpExpectations, HttpInput> = {
  targetRule(text, outbound) {
    const target = parseTarget(text)
    return target.ok ? addressRule(target.url.hostname, outbound) : target.rule
  },
  complete: (block) => complete(defaults, block ?? {}),
  // Credentials and header values cannot be read back, so what is left out of them stays as it is.
  change(stored, block) {
    const changed = overlay<HttpFields>({ ...stored, auth: authInput(stored.auth) }, block ?? {})
    return {
      ...changed,
      headers: changed.headers?.map((header) => keepValue(stored, header)) ?? null,
    }
  },
  rules: () => httpRules,
  split: splitHttp,
  join: joinHttp,
}

function authInput(stored: HttpAuth | null): AuthInput | null {
  if (stored === null) return null
  return stored.type === 'BASIC' ? { basic: stored } : { bearer: stored }
}

function keepValue(stored: HttpExpectations, header: HeaderInput): HeaderInput {
  if (header.value != null) return header
  const kept = stored.headers.find(({ name }) => isSameName(name, header.name))
  return { name: header.name, value: kept?.value }
}

function refuseRepeats(headers: { name: string }[], context: z.RefinementCtx): void {
  for (const [index, { name }] of headers.entries()) {
    if (headers.findIndex((other) => isSameName(other.name, name)) < index) {
      context.addIssue({ code: 'custom', path: [index, 'name'], message: 'must not be repeated' })
    }
  }
}

function isAuthorization(header: { name: string }): boolean {
  return isSameName(header.name, 'authorization')
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

/** RFC 7617 §2: the first colon ends the user name. */
function usernameRule(text: string): string | null {
  return text.includes(':') ? 'must not contain a colon' : plainTextRule(text, MAX_USERNAME_LENGTH)
}

function passwordRule(text: string): string | null {
  return text === '' ? null : plainTextRule(text, MAX_PASSWORD_LENGTH)
}

/** RFC 6750 §2.1. */
function tokenRule(text: string): string | null {
  if (text.length > MAX_TOKEN_LENGTH) return `must be at most ${MAX_TOKEN_LENGTH} characters`
  return /^[\w.~+/-]+=*$/.test(text) ? null : 'must be letters, digits and -._~+/ only'
}

function bodyRule(text: string): string | null {
  if (Buffer.byteLength(text) > MAX_BODY_BYTES) return `must be at most ${MAX_BODY_BYTES} bytes`
  return storableRule(text)
}
