/** What every probe is asked and what it answers: one shape for the built-in agent, private agents and the edge. */

/** What is being watched. */
export type CheckKind = 'HTTP'

export type Outcome = 'UP' | 'DOWN' | 'UNKNOWN'

/**
 * Why a check did not find the target up. BLOCKED_TARGET and PROBE_FAILURE say nothing about the
 * target: their outcome is UNKNOWN. All the others are DOWN.
 */
export type ErrorKind =
  | 'DNS_FAILURE'
  | 'CONNECTION_REFUSED'
  | 'CONNECTION_RESET'
  | 'CONNECTION_FAILED'
  | 'TLS_FAILURE'
  | 'TIMEOUT'
  | 'INVALID_RESPONSE'
  | 'BODY_TOO_LARGE'
  | 'TOO_MANY_REDIRECTS'
  | 'UNEXPECTED_STATUS'
  | 'ASSERTION_FAILED'
  | 'BLOCKED_TARGET'
  | 'PROBE_FAILURE'

/** The phases of blackbox_exporter, milliseconds, summed over redirects; null where the runtime cannot see. */
export type Phases = {
  resolveMs: number | null
  connectMs: number | null
  tlsMs: number | null
  processingMs: number | null
  transferMs: number | null
}

export type AssertionSource = 'STATUS' | 'HEADER' | 'BODY' | 'JSON' | 'LATENCY' | 'CERTIFICATE_DAYS'

export type Comparison =
  | 'EQUALS'
  | 'NOT_EQUALS'
  | 'CONTAINS'
  | 'NOT_CONTAINS'
  | 'MATCHES'
  | 'NOT_MATCHES'
  | 'EXISTS'
  | 'NOT_EXISTS'
  | 'GREATER_THAN'
  | 'LESS_THAN'

/** `property` is the header's name or the JSONPath (RFC 9535); `target` what it is compared with. */
export type Assertion = {
  source: AssertionSource
  property: string | null
  comparison: Comparison
  target: string | null
}

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

export type HttpAuth =
  | { type: 'BASIC'; username: string; password: string }
  | { type: 'BEARER'; token: string }

export type HttpExpectations = {
  method: HttpMethod
  headers: { name: string; value: string }[]
  body: string | null
  auth: HttpAuth | null
  followRedirects: boolean
  verifyTls: boolean
  /** Inclusive ranges of final status codes that are healthy. */
  expectedStatus: { from: number; to: number }[]
}

export type CheckRequest = {
  kind: CheckKind
  target: string
  timeoutMs: number
  http: HttpExpectations
  assertions: Assertion[]
}

/** What one run found, before it is known for which monitor and slot. */
export type Finding = {
  outcome: Outcome
  errorKind: ErrorKind | null
  /** One readable sentence; null when up. */
  message: string | null
  httpStatus: number | null
  dnsOk: boolean | null
  tlsOk: boolean | null
  contentOk: boolean | null
  /** From the start of resolving to the last byte read, redirects included. */
  latencyMs: number | null
  phases: Phases
  /** Earliest expiry in the presented chain, epoch milliseconds. */
  certificateExpiresAt: number | null
  remoteAddress: string | null
}

/** A finding with its identity: unique by monitor, region, scheduled slot and attempt. Instants are epoch milliseconds. */
export type CheckResult = Finding & {
  monitorId: string
  region: string
  scheduledAt: number
  attempt: number
  checkedAt: number
}
