import type { CheckRequest, HttpExpectations } from '../../core/check.ts'
import { parseCidrs, type OutboundPolicy } from '../../core/address.ts'

export type RequestOptions = Partial<HttpExpectations> &
  Partial<Pick<CheckRequest, 'timeoutMs' | 'assertions'>>

/** A request with the defaults of a new monitor. */
export function requestFor(target: string, options: RequestOptions = {}): CheckRequest<'HTTP'> {
  const { timeoutMs = 5_000, assertions = [], ...expectations } = options
  return {
    kind: 'HTTP',
    target,
    timeoutMs,
    assertions,
    expectations: {
      method: 'GET',
      headers: [],
      body: null,
      auth: null,
      followRedirects: true,
      verifyTls: true,
      expectedStatus: [{ from: 200, to: 399 }],
      ...expectations,
    },
  }
}

export function policyOf(cidrs: string): OutboundPolicy {
  const parsed = parseCidrs(cidrs)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return { allow: parsed.cidrs }
}
