import { createSourceEventStream, type ValidatedSubscriptionArgs } from 'graphql'
import { tooSlow } from '../deadline.ts'
import { OPERATION_DEADLINE_MS } from '../limits.ts'

type Opened = Awaited<ReturnType<typeof createSourceEventStream>>

/** Its events, or why there are none. Whatever opens after the deadline is ended: graphql-js would forget it, open. */
export async function openEvents(
  asked: ValidatedSubscriptionArgs,
  deadlineMs: number = OPERATION_DEADLINE_MS,
): Promise<Opened> {
  const opening = Promise.resolve(createSourceEventStream(asked))
  const { promise: late, reject } = Promise.withResolvers<never>()
  const deadline = setTimeout(() => {
    reject(tooSlow(deadlineMs))
    void opening.then(end)
  }, deadlineMs)
  try {
    return await Promise.race([opening, late])
  } finally {
    clearTimeout(deadline)
  }
}

function end(opened: Opened): void {
  if (Symbol.asyncIterator in opened) void opened[Symbol.asyncIterator]().return?.()
}
