import { parseCidrs, type OutboundPolicy } from '../../core/address.ts'
import type { CheckRequest, HttpExpectations } from '../../core/check.ts'

export type RequestOptions = Partial<HttpExpectations> &
  Partial<Pick<CheckRequest, 'timeoutMs' | 'assertions'>>

/** A request with the defaults of a new monitor. */
export function requestFor(target: string, options: RequestOptions = {}): CheckRequest {
  const { timeoutMs = 5_000, assertions = [], ...http } = options
  return {
    kind: 'HTTP',
    target,
    timeoutMs,
    assertions,
    http: {
      method: 'GET',
      headers: [],
      body: null,
      auth: null,
      followRedirects: true,
      verifyTls: true,
      expectedStatus: [{ from: 200, to: 399 }],
      ...http,
    },
  }
}

export function policyOf(cidrs: string): OutboundPolicy {
  const parsed = parseCidrs(cidrs)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return { allow: parsed.cidrs }
}
