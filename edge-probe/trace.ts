import type { FindingDetails } from '../core/check.ts'

/** What a check has learnt so far; a failure midway keeps what came before it. */
export type Trace = {
  startedAt: number
  /** Nothing runs past this; both are of performance.now(), which stands still while no I/O comes. */
  deadlineAt: number
  deadline: AbortSignal
  dnsOk: boolean | null
  tlsOk: boolean | null
  contentOk: boolean | null
  httpStatus: number | null
  latencyMs: number | null
  resolveMs: number | null
  processingMs: number | null
  transferMs: number | null
  remoteAddress: string | null
  details: FindingDetails | null
}

/** The phases that a Worker can tell apart: it connects and speaks TLS out of our sight. */
type SeenPhase = 'resolveMs' | 'processingMs' | 'transferMs'

export function startTrace(timeoutMs: number, deadline: AbortSignal): Trace {
  const startedAt = performance.now()
  return {
    startedAt,
    deadlineAt: startedAt + timeoutMs,
    deadline,
    dnsOk: null,
    tlsOk: null,
    contentOk: null,
    httpStatus: null,
    latencyMs: null,
    resolveMs: null,
    processingMs: null,
    transferMs: null,
    remoteAddress: null,
    details: null,
  }
}

/** Adds the time since `from` to a phase and returns now, where the next one begins. */
export function endPhase(trace: Trace, phase: SeenPhase, from: number): number {
  const now = performance.now()
  trace[phase] = (trace[phase] ?? 0) + now - from
  return now
}

/** How long something may take: its own limit if it has one, but never past the deadline. */
export function allowedMs(trace: Trace, limitMs = Infinity): number {
  return Math.max(0, Math.min(limitMs, trace.deadlineAt - performance.now()))
}
