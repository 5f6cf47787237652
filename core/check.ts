/** What every probe is asked and what it answers: one shape for the built-in agent, private agents and the edge. */

/** How a target is watched by a probe. */
export type CheckKind = 'HTTP' | 'TCP' | 'PING' | 'DNS' | 'TLS'

/** A heartbeat is watched too, but nobody goes there: the job calls us. */
export type WatchKind = CheckKind | 'HEARTBEAT'

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
  | 'UNEXPECTED_RESPONSE'
  | 'PACKET_LOSS'
  | 'HEARTBEAT_MISSED'
  | 'HEARTBEAT_FAILED'
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

export type AssertionSource =
  | 'STATUS'
  | 'HEADER'
  | 'BODY'
  | 'JSON'
  | 'LATENCY'
  | 'CERTIFICATE_DAYS'
  | 'DNS_RECORD'

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

export type TcpExpectations = {
  /** Speak TLS from the first byte. */
  tls: boolean
  verifyTls: boolean
  /** Sent as soon as the connection stands. */
  send: string | null
  /** RE2 pattern that the answer must match within its first 64 KB; null: a connection is enough. */
  expect: string | null
}

export type PingExpectations = {
  /** Echo requests a check sends, 1 to 10. */
  packets: number
  /** Share of packets, percent, that may be lost before the target counts as down. */
  maxLossPercent: number
}

export type DnsRecordType = 'A' | 'AAAA' | 'CNAME' | 'MX' | 'NS' | 'TXT' | 'SRV' | 'CAA' | 'SOA'

/** RFC 1035 §4.1.1 and RFC 6895 §2.3, those a resolver may answer with. */
export type DnsResponseCode = 'NOERROR' | 'FORMERR' | 'SERVFAIL' | 'NXDOMAIN' | 'NOTIMP' | 'REFUSED'

export type DnsExpectations = {
  recordType: DnsRecordType
  /** IP address of the resolver to ask, `:port` optional; null: the probe's own. */
  resolver: string | null
  responseCode: DnsResponseCode
}

export type TlsExpectations = {
  /** Name asked for (SNI) and looked for in the certificate; null: the target's host. */
  serverName: string | null
  /** Whether an untrusted or incomplete chain is a failure. */
  verifyChain: boolean
}

/** What each kind asks and expects of its target. */
export type Expectations = {
  HTTP: HttpExpectations
  TCP: TcpExpectations
  PING: PingExpectations
  DNS: DnsExpectations
  TLS: TlsExpectations
}

/** `target` is a URL for HTTP, `host:port` for TCP and TLS, a host for PING, a name for DNS. */
export type CheckRequest<Kind extends CheckKind = CheckKind> = {
  [K in Kind]: {
    kind: K
    target: string
    timeoutMs: number
    expectations: Expectations[K]
    assertions: Assertion[]
  }
}[Kind]

/** What only one kind of check finds. */
export type FindingDetails =
  | { kind: 'PING'; sent: number; received: number; minMs: number | null; maxMs: number | null }
  | { kind: 'DNS'; responseCode: DnsResponseCode | null; records: string[] }
  | { kind: 'TLS'; protocol: string; cipher: string; chain: ChainLink[] }
  | { kind: 'HEARTBEAT'; runMs: number | null; exitCode: number | null }

/** One certificate of a presented chain, leaf first; instants are epoch milliseconds. */
export type ChainLink = { subject: string; issuer: string; validFrom: number; validTo: number }

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
  details: FindingDetails | null
}

/** A finding with its identity: unique by monitor, region, scheduled slot and attempt. Instants are epoch milliseconds. */
export type CheckResult = Finding & {
  monitorId: string
  region: string
  scheduledAt: number
  attempt: number
  checkedAt: number
}
