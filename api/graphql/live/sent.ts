import type { Reader } from '../../platform/following/reader.ts'
import type { Rendered } from './broadcast.ts'
import type { Outlet } from './outlet.ts'
import type { Loss } from './pass.ts'
import { createEnding, type Subscriber, subscriberOf, type Telling } from './subscriber.ts'
import type { Rider } from './tail.ts'

/** Also where it has failed before: that is told to whoever asked for the next one. */
const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * One to whom everything is sent from within the first `next`, which lasts until the end. From event to
 * event it goes without a promise: ten thousand subscribers would have theirs alive at the same time.
 */
export function createSent(telling: Telling, outlet: Outlet): Subscriber {
  const { broadcast, pass, end: release } = telling
  const { tail } = broadcast
  const ending = Promise.withResolvers<IteratorReturnResult<undefined>>()
  const rider: Rider = { tell: ride, fail }
  /** Null while others read for it. */
  let events: Reader<object> | null = telling.events
  const { isOver, finish } = createEnding(() => {
    void events?.return?.()
    tail.leave(rider)
    release()
  })

  function goOn(): void {
    attempt(fail, () => {
      while (events && !isOver()) {
        const event = events.takeReady()
        if (event === undefined) return joinTail(events)
        if (event instanceof Promise) return void event.then(tell, fail)
        const rendered = broadcast.render(event, goOnAfter)
        if (!rendered || !send(rendered)) return
      }
    })
  }

  function joinTail(own: Reader<object>): void {
    if (tail.join(rider, own, goOn)) events = null
  }

  /** Who cannot take the next one at once goes on alone. */
  function ride(rendered: Rendered): void {
    if (send(rendered) || isOver()) return
    events = tail.fork()
    tail.leave(rider)
  }

  function tell(event: object | undefined): void {
    const rendered = event && broadcast.render(event, goOnAfter)
    if (rendered) goOnAfter(rendered)
    else if (!event) goOn()
  }

  function goOnAfter(rendered: Rendered): void {
    attempt(fail, () => {
      if (send(rendered)) goOn()
    })
  }

  /** False where the next one has to wait, or there is none. */
  function send(rendered: Rendered): boolean {
    if (isOver()) return false
    const confirming = pass.confirmed()
    const waiting = confirming ?? outlet.deliver(rendered)
    if (waiting) void waiting.then(confirming ? () => goOnAfter(rendered) : goOn)
    return !waiting
  }

  function fail(error: unknown): void {
    finish()
    ending.reject(error)
  }

  async function end(): Promise<IteratorReturnResult<undefined>> {
    finish()
    ending.resolve(OVER)
    return OVER
  }

  function next(): Promise<IteratorReturnResult<undefined>> {
    goOn()
    return ending.promise
  }

  function lose(loss: Loss): void {
    if (isOver()) return
    outlet.cut(loss)
    void end()
  }

  return subscriberOf({ next, end, lose })
}

/** Nobody is there to catch what a step throws. */
function attempt(fail: (error: unknown) => void, step: () => void): void {
  try {
    step()
  } catch (error) {
    fail(error)
  }
}
