import type { Reader } from '../../platform/following/reader.ts'
import type { Broadcast } from './broadcast.ts'
import type { Loss, Pass } from './pass.ts'

/** What one subscriber is told, and whether they still may be. */
export type Telling = {
  events: Reader<object>
  broadcast: Broadcast
  pass: Pass
  /** Called once. */
  end(): void
}

/** A result that is text already, as Yoga takes it. */
export type Told = { stringify(): string }

/**
 * One who is told what happens, in order and at their own pace: the next event is asked for once the one
 * before is out, and nothing is queued.
 */
export type Subscriber = AsyncGenerator<Told, undefined> & {
  /** Ends it, since they may no longer be told. */
  lose(loss: Loss): void
}

export type Step = IteratorResult<Told, undefined>

/** As GraphQL's transports take it: an async generator. */
export function subscriberOf({
  next,
  end,
  lose,
}: {
  next(): Promise<Step>
  end(): Promise<Step>
  lose(loss: Loss): void
}): Subscriber {
  return {
    next,
    return: end,
    throw: end,
    lose,
    [Symbol.asyncIterator]() {
      return this
    },
    async [Symbol.asyncDispose]() {
      await end()
    },
  }
}

/** What all subscribers are besides: over, once and for all. */
export function createEnding(end: () => void) {
  let isOver = false
  return {
    isOver: () => isOver,
    finish(): void {
      if (isOver) return
      isOver = true
      end()
    },
  }
}
