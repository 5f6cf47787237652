import { parseIp } from '../../core/ip.ts'

/**
 * Whose request it is. Each proxy of ours appends the address it saw to X-Forwarded-For; what stands
 * further left was written by the caller and is believed by nobody.
 */
export function clientIpOf(
  remoteAddress: string | undefined,
  forwardedFor: string | null,
  trustedProxies: number,
): string | null {
  const hops = trustedProxies === 0 ? [] : (forwardedFor?.split(',') ?? [])
  const seen = [...hops.map((hop) => hop.trim()), remoteAddress ?? '']
  const client = seen.at(-1 - Math.min(trustedProxies, seen.length - 1)) ?? ''
  return parseIp(client) === null ? null : client
}
