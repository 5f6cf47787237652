import { GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Log } from '../platform/log.ts'
import { publicErrorOf, rootOf } from './errors.ts'

/** Masks on every transport; over HTTP, names the request in each error and logs our bugs under that name. */
export function createMasking(log: Log) {
  const bugs = new WeakMap<GraphQLError, unknown>()

  function maskError(error: unknown): GraphQLError {
    const { shown, isBug } = publicErrorOf(error)
    if (isBug) bugs.set(shown, rootOf(error))
    return shown
  }

  // Errors of a document come out of a cache, shared with other requests: hence a copy.
  function sign(error: GraphQLError, requestId: string): GraphQLError {
    if (bugs.has(error)) log.error({ err: bugs.get(error), requestId }, 'a resolver broke')
    const { message, nodes, source, positions, path, extensions } = error
    const signed = { ...extensions, requestId }
    return new GraphQLError(message, { nodes, source, positions, path, extensions: signed })
  }

  const plugin: Plugin<object, { requestId: string }> = {
    onValidate() {
      return ({ valid, result, setResult }) => {
        if (!valid) setResult(result.map((error: unknown) => publicErrorOf(error).shown))
      }
    },
    onResultProcess({ result, setResult, serverContext: { requestId } }) {
      if (!('errors' in result) || !Array.isArray(result.errors)) return
      setResult({ ...result, errors: result.errors.map((error) => sign(error, requestId)) })
    },
  }

  return { maskError, plugin }
}
