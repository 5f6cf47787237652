import { type ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { isPassing } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import { publicErrorOf, rootOf } from './errors.ts'

export type Masking = ReturnType<typeof createMasking>

/** Masks on every transport, names the request in each error, and logs our bugs under that name. */
export function createMasking(log: Log) {
  const masked = new WeakSet<GraphQLError>()
  const bugs = new WeakMap<GraphQLError, unknown>()

  function maskError(error: unknown): GraphQLError {
    if (error instanceof GraphQLError && masked.has(error)) return error
    const { shown, isBug } = publicErrorOf(error)
    masked.add(shown)
    if (isBug) bugs.set(shown, rootOf(error))
    return shown
  }

  // Errors of a document come out of a cache, shared with other requests: hence a copy.
  function sign(error: GraphQLError, requestId: string): GraphQLError {
    if (bugs.has(error)) log.error({ err: bugs.get(error), requestId }, 'a resolver broke')
    return withExtensions(error, { ...error.extensions, requestId })
  }

  /** For transports that have no status to set and no headers: what HTTP would do with it is left out. */
  function tell(error: unknown, requestId: string): GraphQLError {
    const signed = sign(maskError(error), requestId)
    const { http: _status, unexpected: _why, ...extensions } = signed.extensions
    return withExtensions(signed, extensions)
  }

  const plugin: Plugin<object, { requestId: string }> = {
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map(maskError))
      }
    },
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      if (!('errors' in result) || !Array.isArray(result.errors)) return
      setResult({ ...result, errors: result.errors.map((error) => sign(error, requestId)) })
    },
  }

  return {
    maskError,
    tell,
    /** Whether the same may succeed later: the database was not there for it. */
    mayPass: (error: unknown) => isPassing(bugs.get(error as GraphQLError)),
    /** A result as those transports send it. */
    textOf({ errors, ...rest }: ExecutionResult, requestId: string): string {
      if (!errors) return JSON.stringify(rest)
      return JSON.stringify({ ...rest, errors: errors.map((error) => tell(error, requestId)) })
    },
    plugin,
  }
}

function withExtensions(error: GraphQLError, extensions: Record<string, unknown>): GraphQLError {
  const { message, nodes, source, positions, path } = error
  return new GraphQLError(message, { nodes, source, positions, path, extensions })
}
