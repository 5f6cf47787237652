import { parseIp } from '../core/ip.ts'

/** Whom an address is counted as. A household has 2^64 addresses of IPv6: its network counts, not the address. */
export function networkOf(clientIp: string | null): string {
  const ip = clientIp === null ? null : parseIp(clientIp)
  if (ip === null) return 'unknown'
  const isMapped = ip.version === 6 && ip.value >> 32n === 0xffffn
  if (ip.version === 4 || isMapped) return `4:${BigInt.asUintN(32, ip.value)}`
  return `6:${ip.value >> 64n}`
}
