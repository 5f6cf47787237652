import type { Topic } from '../bus.ts'
import type { Database } from '../database.ts'
import { type Running, startLoop } from '../loop.ts'

type Watch = {
  name: string
  topic: Topic
  everyMs: number
  /** What the bus calls out. */
  hear(ids: readonly string[]): Promise<unknown>
  /** Finds what the bus has lost: it may lose anything. */
  look(): Promise<unknown>
}

/** Follows a topic by waking and by polling. */
export function startWatch(
  { bus, log }: Pick<Database, 'bus' | 'log'>,
  { name, topic, everyMs, hear, look }: Watch,
): Running {
  const unsubscribe = bus.subscribe(topic, (ids) => {
    // What cannot be read now is read by the next look, which also tells the log.
    hear(ids).catch(() => {})
  })
  const loop = startLoop({ name, everyMs, log, work: look })
  return {
    stop() {
      unsubscribe()
      return loop.stop()
    },
  }
}
