import type { Reader } from '../../platform/following/reader.ts'
import type { Broadcast, Rendered } from './broadcast.ts'

/** One that has come as far as anybody can, and is told what comes from there on. */
export type Rider = {
  /** What it throws is its own failure and no other's. */
  tell(rendered: Rendered): void
  fail(error: unknown): void
}

/**
 * The end of what has happened, for all followers of a broadcast who have come as far: an event is read
 * once for them together, and whoever cannot keep up goes on by a reader of their own.
 */
export type Tail = {
  /** False where it is on its way to its next rest: then `again` is called there. The reader is no longer needed else. */
  join(rider: Rider, reader: Reader<object>, again: () => void): boolean
  leave(rider: Rider): void
  /** Stands behind the event that riders were told last. */
  fork(): Reader<object>
  end(): void
}

export function createTail(render: Broadcast['render']): Tail {
  const riders = new Set<Rider>()
  let reader: Reader<object> | null = null
  let isResting = false
  let waiting: (() => void)[] = []

  function goOn(): void {
    isResting = false
    for (let event = reader?.takeReady(); event !== undefined; event = reader?.takeReady()) {
      if (event instanceof Promise) return void event.then(tell, fail)
      const rendered = render(event, goOnAfter)
      if (!rendered) return
      tellAll(riders, rendered)
    }
    rest()
  }

  function tell(event: object | undefined): void {
    const rendered = event && render(event, goOnAfter)
    if (rendered) goOnAfter(rendered)
    else if (!event) goOn()
  }

  function goOnAfter(rendered: Rendered): void {
    tellAll(riders, rendered)
    goOn()
  }

  function rest(): void {
    isResting = true
    reader?.whenMore(goOn)
    const again = waiting
    waiting = []
    for (const join of again) join()
  }

  function fail(error: unknown): void {
    const failed = [...riders]
    riders.clear()
    end()
    for (const rider of failed) rider.fail(error)
    rest()
  }

  /** What it is woken for by its reader's end must find none. */
  function end(): void {
    const own = reader
    reader = null
    void own?.return?.()
  }

  return {
    join(rider, own, again) {
      if (reader === null) {
        reader = own
        goOn()
      } else if (isResting) goOn()
      if (!isResting) {
        waiting.push(again)
        return false
      }
      if (reader !== own) void own.return?.()
      riders.add(rider)
      return true
    },
    leave: (rider) => void riders.delete(rider),
    fork: () => reader!.fork(),
    end,
  }
}

function tellAll(riders: Iterable<Rider>, rendered: Rendered): void {
  for (const rider of riders) {
    try {
      rider.tell(rendered)
    } catch (error) {
      rider.fail(error)
    }
  }
}
