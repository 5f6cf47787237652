/** A look that comes so late says that we were away ourselves: stopped, or without a database. */
const AWAY_AFTER_MS = 30_000

/** How long nothing has kept us from hearing of probes. Instants are epoch milliseconds. */
export type Watch = { since: number; lookedAt: number }

export function beginWatch(nowMs: number): Watch {
  return { since: nowMs, lookedAt: nowMs }
}

/** The watch as it goes on, or a new one where we were away. */
export function keepWatch(watch: Watch, nowMs: number): Watch {
  const isAway = Math.abs(nowMs - watch.lookedAt) > AWAY_AFTER_MS
  return isAway ? beginWatch(nowMs) : { ...watch, lookedAt: nowMs }
}
