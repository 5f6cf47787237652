import type { ExecutionArgs } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { Refusal } from '../refusal.ts'
import { OPERATION_DEADLINE_MS } from './limits.ts'

/** Answers in time whatever the resolvers do; statement_timeout ends what they have left in Postgres. */
export function operationDeadline(deadlineMs: number = OPERATION_DEADLINE_MS): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn((args: ExecutionArgs) =>
        inTime(deadlineMs, (signal) =>
          unlessAborted(signal, executeFn(Object.assign(args, { signal }))),
        ),
      )
    },
  }
}

/** The executor gives a query up by itself, and waits for whatever a mutation has begun. */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T> | T): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const giveUp = () => reject(signal.reason)
  signal.addEventListener('abort', giveUp)
  try {
    return await Promise.race([work, aborted])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Refuses once the time is over, if `work` then gives up as its signal tells it to. */
export async function inTime<T>(
  deadlineMs: number,
  work: (signal: AbortSignal) => Promise<T> | T,
): Promise<T> {
  const signal = AbortSignal.timeout(deadlineMs)
  try {
    return await work(signal)
  } catch (error) {
    if (signal.aborted) throw tooSlow(deadlineMs)
    throw error
  }
}

export function tooSlow(deadlineMs: number): Refusal {
  return new Refusal('LIMIT_REACHED', `An operation may take ${deadlineMs / 1_000} s.`)
}
