/** Later than this, the work has stopped and not merely slowed. */
const MAX_LATE_MS = 60_000

/** The oldest instants at which work was or will be due; null where none waits. */
export type Backlog = { slotDueAt: number | null; deliveryDueAt: number | null; now: number }

export type Lateness = { slotLateMs: number; deliveryLateMs: number }

export type Readiness = { isReady: boolean; reasons: string[] }

export function latenessOf({ slotDueAt, deliveryDueAt, now }: Backlog): Lateness {
  return {
    slotLateMs: Math.max(0, now - (slotDueAt ?? now)),
    deliveryLateMs: Math.max(0, now - (deliveryDueAt ?? now)),
  }
}

/** Whether traffic and trust may come this way. `lateness` is null when the database does not answer. */
export function judgeReadiness(lateness: Lateness | null): Readiness {
  const reasons = lateness ? reasonsOf(lateness) : ['the database does not answer']
  return { isReady: reasons.length === 0, reasons }
}

function reasonsOf({ slotLateMs, deliveryLateMs }: Lateness): string[] {
  const reasons = []
  if (slotLateMs > MAX_LATE_MS)
    reasons.push(`the oldest due check is ${inSeconds(slotLateMs)} late`)
  if (deliveryLateMs > MAX_LATE_MS)
    reasons.push(`the oldest due alert or mail is ${inSeconds(deliveryLateMs)} late`)
  return reasons
}

function inSeconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`
}
