import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Bus, createLocalBus, topics } from './bus.ts'
import type { Metrics } from './metrics.ts'
import type { Redis } from './redis.ts'

/** More are said in several messages. */
const MAX_IDS = 500
const MAX_ID_LENGTH = 100
const MAX_TEXT_LENGTH = MAX_IDS * (MAX_ID_LENGTH + 10)
/** What is on its way to Redis at once; the rest is dropped, as all of it is while Redis is away. */
const MAX_IN_FLIGHT = 500

const wakeRule = z.object({
  from: z.string(),
  topic: z.enum(topics),
  ids: z.array(z.string().max(MAX_ID_LENGTH)).max(MAX_IDS),
})

type Wake = z.infer<typeof wakeRule>

/** For many processes: the readers of this one are woken directly, the others by way of Redis, if it is there. */
export function createRedisBus(redis: Redis, { droppedWakes }: Pick<Metrics, 'droppedWakes'>): Bus {
  const local = createLocalBus()
  const channel = `${redis.prefix}wakes`
  const from = randomUUID()
  let inFlight = 0

  redis.hear(channel, (text) => {
    const wake = readWake(text)
    if (wake && wake.from !== from) local.publish(wake.topic, wake.ids)
  })

  async function send(wake: Wake): Promise<void> {
    if (inFlight >= MAX_IN_FLIGHT) return droppedWakes.inc()
    inFlight += 1
    try {
      await redis.connection.publish(channel, JSON.stringify(wake))
    } catch {
      droppedWakes.inc()
    } finally {
      inFlight -= 1
    }
  }

  return {
    ...local,
    publish(topic, ids) {
      local.publish(topic, ids)
      for (let start = 0; start < ids.length; start += MAX_IDS)
        void send({ from, topic, ids: ids.slice(start, start + MAX_IDS) })
    },
  }
}

/** Null for what is no wake of ours: anybody may say anything on a channel. */
function readWake(text: string): Wake | null {
  if (text.length > MAX_TEXT_LENGTH) return null
  try {
    return wakeRule.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}
