import { invariant } from './invariant.ts'
import { bitsOf, type Cidr, contains, formatIp, type Ip, parseCidr, parseIp } from './ip.ts'

const MAX_CIDRS = 256

/** What the operator opened beyond the public internet. */
export type OutboundPolicy = { allow: Cidr[] }

/** `address` is the first that is refused; `allowWith` is the exact setting that would open all of them. */
export type AddressVerdict =
  | { allowed: true }
  | { allowed: false; address: string; reason: string; allowWith: string }

/**
 * Whether a probe may connect to a name with these addresses: only if each one is allowed. Public
 * addresses are allowed, all others only as far as the policy opens them; metadata endpoints of
 * clouds only when named alone. The lists are IANA's special-purpose registries.
 */
export function judgeAddresses(addresses: string[], policy: OutboundPolicy): AddressVerdict {
  const refused = addresses.flatMap((address) => refuse(address, policy) ?? [])
  const [first] = refused
  if (!first) return { allowed: true }
  const ranges = new Set(refused.map(({ range }) => range))
  return {
    allowed: false,
    address: first.address,
    reason: first.reason,
    allowWith: `OUTBOUND_ALLOW_CIDRS=${[...ranges].join(',')}`,
  }
}

export function judgeAddress(address: string, policy: OutboundPolicy): AddressVerdict {
  return judgeAddresses([address], policy)
}

/** Parses the comma-separated value of OUTBOUND_ALLOW_CIDRS. */
export function parseCidrs(text: string): { cidrs: Cidr[] } | { problem: string } {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (parts.length > MAX_CIDRS) return { problem: `more than ${MAX_CIDRS} ranges` }
  const cidrs: Cidr[] = []
  for (const part of parts) {
    const parsed = parseCidr(part)
    if (!parsed) return { problem: `"${part}" is not a range such as 10.0.0.0/8 or fd00::/8` }
    cidrs.push(parsed)
  }
  return { cidrs }
}

type NamedRange = { range: Cidr; reason: string }

const REFUSED_IPV4: NamedRange[] = [
  named('0.0.0.0/8', 'an address of this host'),
  named('10.0.0.0/8', 'a private address'),
  named('100.64.0.0/10', 'a carrier-grade NAT address'),
  named('127.0.0.0/8', 'a loopback address'),
  named('169.254.0.0/16', 'a link-local address'),
  named('172.16.0.0/12', 'a private address'),
  named('192.0.0.0/24', 'a reserved address'),
  named('192.0.2.0/24', 'a documentation address'),
  named('192.88.99.0/24', 'a reserved address'),
  named('192.168.0.0/16', 'a private address'),
  named('198.18.0.0/15', 'a benchmarking address'),
  named('198.51.100.0/24', 'a documentation address'),
  named('203.0.113.0/24', 'a documentation address'),
  named('224.0.0.0/4', 'a multicast address'),
  named('240.0.0.0/4', 'a reserved address'),
]

/** Outside global unicast all of IPv6 is refused, and the first four only say why. */
const REFUSED_IPV6: NamedRange[] = [
  named('::1/128', 'a loopback address'),
  named('fc00::/7', 'a private address'),
  named('fe80::/10', 'a link-local address'),
  named('ff00::/8', 'a multicast address'),
  named('2001::/23', 'a reserved address'),
  named('2001:db8::/32', 'a documentation address'),
  named('2002::/16', 'a translated IPv4 address'),
  named('3fff::/20', 'a documentation address'),
]
const GLOBAL_UNICAST = range('2000::/3')

/** Where clouds hand out credentials: AWS, GCP, Azure, DigitalOcean, Oracle, Alibaba, Tencent, Scaleway. */
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '169.254.0.23',
  '169.254.42.42',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd00:42::42',
  'fd20:ce::254',
].map(range)

/** IPv6 ranges that carry an IPv4 address, and how many bits come after it. */
type Embedding = { range: Cidr; bitsAfter: bigint }

const MAPPED: Embedding = { range: range('::ffff:0:0/96'), bitsAfter: 0n }
const TRANSLATED: Embedding[] = [
  { range: range('::/96'), bitsAfter: 0n },
  { range: range('64:ff9b::/96'), bitsAfter: 0n },
  { range: range('64:ff9b:1::/48'), bitsAfter: 0n },
  { range: range('2002::/16'), bitsAfter: 80n },
]

type Refused = { address: string; reason: string; range: string }

function refuse(address: string, policy: OutboundPolicy): Refused | null {
  const parsed = parseIp(address)
  invariant(parsed, 'only IP addresses are judged; names are resolved first')
  const ip = embeddedIn(MAPPED, parsed) ?? parsed
  const isMetadata = isMetadataAddress(ip)
  const reason = isMetadata ? 'a cloud metadata address' : refusalReason(ip)
  if (!reason || policy.allow.some((range) => opens(range, ip, isMetadata))) return null
  return { address, reason, range: `${formatIp(ip)}/${bitsOf(ip.version)}` }
}

function refusalReason(ip: Ip): string | null {
  const refused = ip.version === 4 ? REFUSED_IPV4 : REFUSED_IPV6
  const found = refused.find((one) => contains(one.range, ip))
  if (found) return found.reason
  return ip.version === 4 || contains(GLOBAL_UNICAST, ip) ? null : 'not a public address'
}

/** A translator would carry 64:ff9b::a9fe:a9fe to 169.254.169.254, so what an address embeds counts too. */
function isMetadataAddress(ip: Ip): boolean {
  if (METADATA.some((single) => contains(single, ip))) return true
  if (ip.version === 4) return false
  return TRANSLATED.some((form) => {
    const inner = embeddedIn(form, ip)
    return inner !== null && isMetadataAddress(inner)
  })
}

function embeddedIn(form: Embedding, ip: Ip): Ip | null {
  if (!contains(form.range, ip)) return null
  return { version: 4, value: BigInt.asUintN(32, ip.value >> form.bitsAfter) }
}

function opens(allowed: Cidr, ip: Ip, isMetadata: boolean): boolean {
  return contains(allowed, ip) && (!isMetadata || allowed.hostBits === 0n)
}

function named(text: string, reason: string): NamedRange {
  return { range: range(text), reason }
}

function range(text: string): Cidr {
  const parsed = parseCidr(text)
  invariant(parsed, `${text} is a range`)
  return parsed
}
