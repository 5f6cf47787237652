import type { ErrorKind } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { invariant } from '../core/invariant.ts'
import { type Cidr, contains, parseCidr, parseIp } from '../core/ip.ts'

/** `error code: 1016` is all that Cloudflare writes. */
const MAX_NOTE_BYTES = 64

/**
 * What fetch cannot reach, Cloudflare answers in its place, with a status and a note of its own; null
 * where the target itself has answered.
 */
export async function readNote(response: Response, peer: string): Promise<Failure | null> {
  const { status, headers } = response
  const isShort = Number(headers.get('content-length') ?? Infinity) <= MAX_NOTE_BYTES
  if (status < 400 || headers.get('server') !== 'cloudflare' || !isShort) return null
  const note = /^error code: (\d+)\s*$/.exec(await response.clone().text())
  const meaning = MEANINGS[Number(note?.[1])]
  return meaning ? failure(meaning.errorKind, meaning.sentence.replace('{peer}', peer)) : null
}

/** Whether Cloudflare itself is there: no Worker can open a socket to it. */
export function isOfCloudflare(address: string): boolean {
  const ip = parseIp(address)
  return ip !== null && RANGES.some((range) => contains(range, ip))
}

/** developers.cloudflare.com, "Cloudflare 5xx errors" and "Cloudflare 1xxx errors": those of its way to a target. */
const MEANINGS: Record<number, { errorKind: ErrorKind; sentence: string }> = {
  520: { errorKind: 'INVALID_RESPONSE', sentence: '{peer} did not answer in HTTP' },
  521: { errorKind: 'CONNECTION_REFUSED', sentence: '{peer} refused the connection' },
  522: { errorKind: 'TIMEOUT', sentence: '{peer} did not accept a connection in time' },
  523: { errorKind: 'CONNECTION_FAILED', sentence: 'There is no route to {peer}' },
  524: { errorKind: 'TIMEOUT', sentence: '{peer} did not answer in time' },
  525: { errorKind: 'TLS_FAILURE', sentence: 'The TLS handshake with {peer} failed' },
  526: { errorKind: 'TLS_FAILURE', sentence: 'The certificate of {peer} is not to be trusted' },
  1000: { errorKind: 'BLOCKED_TARGET', sentence: '{peer} leads to where no Worker may go' },
  1001: { errorKind: 'DNS_FAILURE', sentence: '{peer} cannot be resolved' },
  1002: { errorKind: 'BLOCKED_TARGET', sentence: '{peer} leads to where no Worker may go' },
  1003: { errorKind: 'PROBE_FAILURE', sentence: 'From the edge a name can be asked, not {peer}' },
  1016: { errorKind: 'DNS_FAILURE', sentence: '{peer} has no address' },
  1042: { errorKind: 'PROBE_FAILURE', sentence: '{peer} is a Worker of the same account' },
}

/** www.cloudflare.com/ips, and the resolver that everybody knows. */
const RANGES = [
  '1.0.0.0/24',
  '1.1.1.0/24',
  '103.21.244.0/22',
  '103.22.200.0/22',
  '103.31.4.0/22',
  '104.16.0.0/13',
  '104.24.0.0/14',
  '108.162.192.0/18',
  '131.0.72.0/22',
  '141.101.64.0/18',
  '162.158.0.0/15',
  '172.64.0.0/13',
  '173.245.48.0/20',
  '188.114.96.0/20',
  '190.93.240.0/20',
  '197.234.240.0/22',
  '198.41.128.0/17',
  '2400:cb00::/32',
  '2405:8100::/32',
  '2405:b500::/32',
  '2606:4700::/32',
  '2803:f800::/32',
  '2a06:98c0::/29',
  '2c0f:f248::/32',
].map(range)

function range(text: string): Cidr {
  const parsed = parseCidr(text)
  invariant(parsed, `${text} is a range`)
  return parsed
}
