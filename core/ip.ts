/** An IP address as its number. */
export type Ip = { version: 4 | 6; value: bigint }

/** All addresses whose value, less its last `hostBits` bits, is `network`; `text` as it was written. */
export type Cidr = { version: 4 | 6; network: bigint; hostBits: bigint; text: string }

/** Parses dotted-decimal IPv4 and RFC 4291 IPv6 without zone; null for anything else, octal and short forms too. */
export function parseIp(text: string): Ip | null {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** The canonical spelling (RFC 5952). */
export function formatIp(ip: Ip): string {
  const bits = ip.version === 4 ? 8 : 16
  const groups: bigint[] = []
  for (let shift = bitsOf(ip.version) - bits; shift >= 0; shift -= bits) {
    groups.push(BigInt.asUintN(bits, ip.value >> BigInt(shift)))
  }
  if (ip.version === 4) return groups.join('.')
  const full = groups.map((group) => group.toString(16)).join(':')
  return new URL(`http://[${full}]`).hostname.slice(1, -1)
}

/** Parses `address/prefix`, or an address alone as the range of just it; null when malformed or with host bits set. */
export function parseCidr(text: string): Cidr | null {
  const [ipText = '', prefixText, ...rest] = text.split('/')
  const ip = parseIp(ipText)
  if (!ip || rest.length > 0) return null
  const bits = bitsOf(ip.version)
  if (prefixText !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefixText)) return null
  const prefix = prefixText === undefined ? bits : Number(prefixText)
  if (prefix > bits) return null
  const hostBits = BigInt(bits - prefix)
  const network = ip.value >> hostBits
  if (network << hostBits !== ip.value) return null
  return { version: ip.version, network, hostBits, text }
}

export function contains(range: Cidr, ip: Ip): boolean {
  return range.version === ip.version && ip.value >> range.hostBits === range.network
}

export function bitsOf(version: 4 | 6): 32 | 128 {
  return version === 4 ? 32 : 128
}

function parseIpv4(text: string): Ip | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (!match) return null
  let value = 0
  for (const part of match.slice(1)) {
    // 010 is 8 to some parsers and 10 to others.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return null
    value = value * 256 + Number(part)
  }
  return { version: 4, value: BigInt(value) }
}

function parseIpv6(text: string): Ip | null {
  const halves = withHexTail(text)?.split('::')
  if (!halves || halves.length > 2) return null
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  if (!head) return null
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (tail ? missing < 1 : missing !== 0) return null
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return null
  const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
  return { version: 6, value }
}

/** RFC 4291 §2.2.3: the last 32 bits may be written as dotted decimal. */
function withHexTail(text: string): string | null {
  if (!text.includes('.')) return text
  const start = text.lastIndexOf(':') + 1
  const tail = parseIpv4(text.slice(start))
  if (!tail) return null
  const high = (tail.value >> 16n).toString(16)
  const low = (tail.value & 0xffffn).toString(16)
  return `${text.slice(0, start)}${high}:${low}`
}
