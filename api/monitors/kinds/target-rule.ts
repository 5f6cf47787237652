import { judgeAddress, type OutboundPolicy } from '../../../core/address.ts'
import { parseIp } from '../../../core/ip.ts'
import { parseEndpoint } from '../../../core/target.ts'

/** Names are judged when they are resolved, before every connection; an address can be refused here already. */
export function addressRule(host: string, outbound: OutboundPolicy): string | null {
  const address = host.replace(/^\[|\]$/g, '')
  if (!parseIp(address)) return null
  const verdict = judgeAddress(address, outbound)
  if (verdict.allowed) return null
  return `must not be ${verdict.reason}; to allow it, start Pharos with ${verdict.allowWith}`
}

export function endpointRule(text: string, outbound: OutboundPolicy): string | null {
  const endpoint = parseEndpoint(text)
  return endpoint.ok ? addressRule(endpoint.host, outbound) : endpoint.rule
}
