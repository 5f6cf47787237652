import { randomUUID } from 'node:crypto'
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises'
import {
  type ExecutionResult,
  executeSubscriptionEvent,
  GraphQLError,
  type ValidatedSubscriptionArgs,
} from 'graphql'
import { isPassing } from '../../platform/database.ts'
import type { Turnstile } from '../../turnstile.ts'
import { type Context, principalOf } from '../context.ts'
import { inTime } from '../deadline.ts'
import { rootOf } from '../errors.ts'
import { OPERATION_DEADLINE_MS } from '../limits.ts'
import type { Masking } from '../masking.ts'
import { audienceOf } from './audience.ts'
import type { Execute } from './broadcast.ts'

const RETRY_MS = 1_000
/** Longer than any outage that a client should sit through without being told. */
const RETRY_FOR_MS = 300_000

/**
 * Executes events for an audience and writes out the results. One that the database is not there for
 * waits until it is: whoever follows misses nothing for it.
 */
export function createExecution(
  asked: ValidatedSubscriptionArgs,
  masking: Masking,
  turnstile: Turnstile,
): Execute {
  const context = asked.contextValue as Context
  const shared = { ...context, outlet: undefined, principal: audienceOf(principalOf(context)) }
  const forAll = { ...asked, contextValue: undefined }

  function executeOnce(rootValue: object, requestId: string): Promise<ExecutionResult> {
    // Of its own: what resolvers load is kept by context.
    const contextValue: Context = { ...shared, requestId, answerHeaders: new Headers() }
    return turnstile.pass(async () => {
      // Many that wait for nothing would else follow each other until all are done, and nothing else would be.
      await immediate()
      return inTime(OPERATION_DEADLINE_MS, (externalAbortSignal) =>
        executeSubscriptionEvent({ ...forAll, rootValue, contextValue, externalAbortSignal }),
      ).catch((error: unknown) => ({ errors: [error as GraphQLError] }))
    })
  }

  /** What cannot be written out is a bug as any other. */
  function textOf(result: ExecutionResult, requestId: string): string {
    try {
      return masking.textOf(result, requestId)
    } catch (error) {
      return masking.textOf({ errors: [masking.maskError(error)] }, requestId)
    }
  }

  return async (event, isNeeded) => {
    const requestId = randomUUID()
    let result = await executeOnce(event, requestId)
    const endsAt = performance.now() + RETRY_FOR_MS
    while (isToBeRepeated(result) && isNeeded() && performance.now() < endsAt) {
      await delay(RETRY_MS)
      result = await executeOnce(event, requestId)
    }
    return textOf(result, requestId)
  }
}

function isToBeRepeated({ errors = [] }: ExecutionResult): boolean {
  return errors.some((error) => isPassing(rootOf(error)))
}
