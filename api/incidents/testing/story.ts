import type { MonitorStatus } from '../../../generated/prisma/enums.ts'
import type { KnownTransition } from '../incident.ts'

/** `100 UP>DOWN`: at second 100 the monitor turned from UP to DOWN. */
export function transition(sentence: string): KnownTransition {
  const [second, change] = sentence.split(' ') as [string, string]
  const [from, to] = change.split('>') as [MonitorStatus, MonitorStatus]
  const at = Number(second) * 1000
  return { id: sentence, from, to, at, decidedAt: at + 10_000, reason: sentence, cause: null }
}

/** `new1`, `new2` and so on. */
export function numbered(prefix = 'new'): () => string {
  let count = 0
  return () => `${prefix}${++count}`
}
