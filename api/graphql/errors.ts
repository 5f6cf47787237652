import { PothosValidationError } from '@pothos/core'
import { GraphQLError } from 'graphql'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { pageRefusal } from './page-refusal.ts'

type PublicError = { message: string; extensions: Record<string, unknown>; isBug?: boolean }

const statusByCode: Partial<Record<RefusalCode, number>> = {
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
}

/** What a caller may see of an error, and whether it was a bug of ours: then all they see is that it happened. */
export function publicErrorOf(error: unknown): { shown: GraphQLError; isBug: boolean } {
  const { message, extensions, isBug = false } = describe(error)
  const { nodes, source, positions, path } = error instanceof GraphQLError ? error : {}
  return {
    shown: new GraphQLError(message, { nodes, source, positions, path, extensions }),
    isBug,
  }
}

function describe(error: unknown): PublicError {
  const cause = rootOf(error)
  if (cause instanceof Refusal) return describeRefusal(cause, isAboutTheRequest(error))
  if (cause instanceof PothosValidationError) {
    const [field] = error instanceof GraphQLError ? (error.nodes ?? []) : []
    return describeRefusal(pageRefusal(cause.message, field))
  }
  if (isAboutTheRequest(error)) return describeRequest(error)
  const extensions = { code: 'INTERNAL_SERVER_ERROR', unexpected: true }
  return { message: 'Unexpected error.', extensions, isBug: true }
}

/** A resolver's throw arrives wrapped, sometimes more than once. */
export function rootOf(error: unknown): unknown {
  if (error instanceof GraphQLError && error.originalError) return rootOf(error.originalError)
  return error
}

/** Errors with a path come from resolvers; those without are about the document, its variables or HTTP. */
function isAboutTheRequest(error: unknown): error is GraphQLError {
  return error instanceof GraphQLError && error.path === undefined
}

function describeRefusal(
  { code, message, issues, retryAfterSeconds, oldestCursor }: Refusal,
  isAboutTheRequest = false,
): PublicError {
  const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }
  const status = statusByCode[code]
  return {
    message,
    extensions: {
      code,
      ...(issues.length > 0 && { issues }),
      ...(oldestCursor !== null && { oldestCursor }),
      ...(retryAfterSeconds !== null && { retryAfterSeconds }),
      ...(isAboutTheRequest && { http: { status: 400, spec: true } }),
      ...(status && { http: { status, headers } }),
    },
  }
}

/**
 * Yoga has codes of its own; the contract's list is closed. What is no GraphQL at all has its own HTTP
 * status; an operation that is wrong is 400 to who accepts application/graphql-response+json (`spec`).
 */
function describeRequest({ message: told, extensions }: GraphQLError): PublicError {
  const code = extensions.code === 'LIMIT_REACHED' ? 'LIMIT_REACHED' : 'BAD_USER_INPUT'
  const http = { status: 400, spec: extensions.http === undefined, ...extensions.http }
  if (extensions.code === 'BAD_REQUEST') http.spec = false
  return { message: withoutValues(told), extensions: { code, http } }
}

/** graphql-js ends by quoting the literal it refuses, which may be a password or hold one. */
function withoutValues(message: string): string {
  return message.replace(/, found: .*|(?<= value): .*/s, '.')
}
