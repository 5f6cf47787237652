import { parseCidrs, type OutboundPolicy } from '../../core/address.ts'
import type { CheckKind, CheckRequest, Expectations } from '../../core/check.ts'

export type Options<Kind extends CheckKind> = Partial<Expectations[Kind]> &
  Partial<Pick<CheckRequest, 'timeoutMs' | 'assertions'>>

export type RequestOptions = Options<'HTTP'>

/** An HTTP request with the defaults of a new monitor. */
export function requestFor(target: string, options: RequestOptions = {}): CheckRequest<'HTTP'> {
  return requestOf('HTTP', target, options)
}

/** A request of any kind with the defaults of a new monitor. */
export function requestOf<Kind extends CheckKind>(
  kind: Kind,
  target: string,
  options: Options<Kind> = {},
): CheckRequest<Kind> {
  const { timeoutMs = 5_000, assertions = [], ...chosen } = options
  const expectations = { ...DEFAULTS[kind], ...chosen }
  return { kind, target, timeoutMs, expectations, assertions } as unknown as CheckRequest<Kind>
}

export function policyOf(cidrs: string): OutboundPolicy {
  const parsed = parseCidrs(cidrs)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return { allow: parsed.cidrs }
}

const DEFAULTS: Expectations = {
  HTTP: {
    method: 'GET',
    headers: [],
    body: null,
    auth: null,
    followRedirects: true,
    verifyTls: true,
    expectedStatus: [{ from: 200, to: 399 }],
  },
  TCP: { tls: false, verifyTls: true, send: null, expect: null },
  PING: { packets: 2, maxLossPercent: 0 },
  DNS: { recordType: 'A', resolver: null, responseCode: 'NOERROR' },
  TLS: { serverName: null, verifyChain: true },
}
