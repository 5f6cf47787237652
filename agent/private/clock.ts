import { correctOffset, type Exchange } from '../../core/clock-offset.ts'

/** The server's time; epoch milliseconds, whole ones. */
export type ServerClock = {
  now(): number
  /** This machine's, as it was at the start and goes on, whoever sets it. */
  own(): number
  learn(exchange: Exchange): void
}

export function createServerClock(own = unsetTime): ServerClock {
  let offsetMs: number | null = null
  return {
    own,
    now: () => own() + (offsetMs ?? 0),
    learn(exchange) {
      offsetMs = correctOffset(offsetMs, exchange)
    },
  }
}

function unsetTime(): number {
  return Math.round(performance.timeOrigin + performance.now())
}
