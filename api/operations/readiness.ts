/** Later than this, the work has stopped and not merely slowed. */
const MAX_LATE_MS = 60_000

/** Work that somebody here is to do in time. */
export type Work = 'slot' | 'delivery' | 'step' | 'review'

/** The oldest instants at which work was or will be due; null where none waits. */
export type Backlog = { [Kind in `${Work}DueAt`]: number | null } & { now: number }

export type Lateness = { [Kind in `${Work}LateMs`]: number }

export type Readiness = { isReady: boolean; reasons: string[] }

const works = {
  slot: 'check',
  delivery: 'alert or mail',
  step: 'step of escalation',
  review: 'look at a withheld alert',
} satisfies Record<Work, string>

export function latenessOf({ now, ...dueAt }: Backlog): Lateness {
  const lateMs = (at: number | null) => Math.max(0, now - (at ?? now))
  return {
    slotLateMs: lateMs(dueAt.slotDueAt),
    deliveryLateMs: lateMs(dueAt.deliveryDueAt),
    stepLateMs: lateMs(dueAt.stepDueAt),
    reviewLateMs: lateMs(dueAt.reviewDueAt),
  }
}

/** Whether traffic and trust may come this way. `lateness` is null when the database does not answer. */
export function judgeReadiness(lateness: Lateness | null): Readiness {
  const reasons = lateness ? reasonsOf(lateness) : ['the database does not answer']
  return { isReady: reasons.length === 0, reasons }
}

function reasonsOf(lateness: Lateness): string[] {
  return (Object.keys(works) as Work[]).flatMap((work) => {
    const lateMs = lateness[`${work}LateMs`]
    return lateMs > MAX_LATE_MS
      ? [`the oldest due ${works[work]} is ${inSeconds(lateMs)} late`]
      : []
  })
}

function inSeconds(ms: number): string {
  return `${Math.floor(ms / 1_000)} s`
}
