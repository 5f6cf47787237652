import { addAbortListener } from 'node:events'
import type { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import type { FindingDetails, Phases } from '../core/check.ts'

/** What a check has learnt so far, over all its redirects; a failure midway keeps what came before it. */
export type Trace = Phases & {
  startedAt: number
  /** Nothing runs past this; both are of performance.now(). */
  deadlineAt: number
  /** Ends a connection when nobody waits for the answer any more. */
  stopping: AbortSignal | null
  dnsOk: boolean | null
  tlsOk: boolean | null
  contentOk: boolean | null
  httpStatus: number | null
  latencyMs: number | null
  remoteAddress: string | null
  certificateExpiresAt: number | null
  details: FindingDetails | null
}

export function startTrace(timeoutMs: number, stopping: AbortSignal | null = null): Trace {
  const startedAt = performance.now()
  return {
    startedAt,
    deadlineAt: startedAt + timeoutMs,
    stopping,
    resolveMs: null,
    connectMs: null,
    tlsMs: null,
    processingMs: null,
    transferMs: null,
    dnsOk: null,
    tlsOk: null,
    contentOk: null,
    httpStatus: null,
    latencyMs: null,
    remoteAddress: null,
    certificateExpiresAt: null,
    details: null,
  }
}

/** The socket, destroyed when nobody waits for the answer any more: it is connecting, or speaks. */
export function untilStopped<S extends Socket>({ stopping }: Trace, socket: S): S {
  return stopping ? addAbortSignal(stopping, socket) : socket
}

/** What comes of the work, or null at once when nobody waits for the answer any more. */
export async function unlessStopped<T>({ stopping }: Trace, work: Promise<T>): Promise<T | null> {
  if (!stopping) return work
  const stopped = Promise.withResolvers<null>()
  using _listening = addAbortListener(stopping, () => stopped.resolve(null))
  return await Promise.race([work, stopped.promise])
}

/** Adds the time since `from` to a phase and returns now, where the next one begins. */
export function endPhase(trace: Trace, phase: keyof Phases, from: number): number {
  const now = performance.now()
  trace[phase] = (trace[phase] ?? 0) + now - from
  return now
}

/** How long a phase may take: its own limit if it has one, but never past the deadline. */
export function allowedMs(trace: Trace, limitMs = Infinity): number {
  return Math.max(0, Math.min(limitMs, trace.deadlineAt - performance.now()))
}
