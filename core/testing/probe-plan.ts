import type { Outcome } from '../check.ts'
import { type DueRun, type PlanningResult, type ProbePlan, takeAssignments } from '../probe-plan.ts'
import type { ProbeAssignment } from '../probe-protocol.ts'

// Its tail is 7,000, so its slots are at :07 of every minute.
export const MONITOR = '01997a2e-0000-7000-8000-000000001b58'
const LONG_AGO = at('08:00:00')
const OUTCOMES: Record<string, Outcome> = { U: 'UP', D: 'DOWN', '?': 'UNKNOWN' }

export function at(clock: string): number {
  return Date.parse(`2026-11-20T${clock}Z`)
}

export function assignment(change: Partial<ProbeAssignment>): ProbeAssignment {
  const intervalSeconds = change.intervalSeconds ?? 60
  return {
    monitorId: MONITOR,
    decidableFrom: LONG_AGO,
    intervalSeconds,
    policy: {
      failureThreshold: 3,
      recoveryThreshold: 1,
      latencyThresholdMs: null,
      slowThreshold: 3,
      normalThreshold: 3,
      intervalSeconds,
      timeoutMs: 10_000,
    },
    request: {
      kind: 'TCP',
      target: 'shop.example.com:443',
      timeoutMs: 10_000,
      expectations: { tls: false, verifyTls: false, send: null, expect: null },
      assertions: [],
    },
    ...change,
  }
}

export function planFrom(items: ProbeAssignment[], clock: string): ProbePlan {
  return takeAssignments(new Map(), items, at(clock))
}

export function answer(
  { assignment: of, slotAt, attempt }: DueRun,
  letter: string,
): PlanningResult {
  return {
    monitorId: of.monitorId,
    decidableFrom: of.decidableFrom,
    scheduledAt: slotAt,
    attempt,
    checkedAt: slotAt + attempt * 5_000,
    outcome: OUTCOMES[letter] ?? 'UP',
    latencyMs: null,
    message: null,
  }
}

/** A re-check is told by the instant it starts at. */
export function told(run: { slotAt: number; attempt: number; runAt?: number }): string {
  const startsAt = run.attempt > 0 ? (run.runAt ?? run.slotAt) : run.slotAt
  return `${clockOf(startsAt)} #${run.attempt}`
}

export function clockOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 23)
}
