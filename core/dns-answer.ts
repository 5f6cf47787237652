import type { CheckRequest, DnsRecordType, DnsResponseCode } from './check.ts'
import { formatIp, parseIp } from './ip.ts'

const MAX_SHOWN_RECORDS = 32
const MAX_SHOWN_LENGTH = 255

/** The fields of each record type as they come out of a DNS message (RFC 1035 §3.3, 2782, 3596, 8659). */
export type DnsRecordFields = {
  A: string
  AAAA: string
  CNAME: string
  NS: string
  MX: { preference: number; exchange: string }
  TXT: Uint8Array[]
  SRV: { priority: number; weight: number; port: number; target: string }
  CAA: { flags: number; tag: string; value: string }
  SOA: {
    mname: string
    rname: string
    serial: number
    refresh: number
    retry: number
    expire: number
    minimum: number
  }
}

/** `responseCode` null: one that is not among those expected of a resolver; `records` in canonical text. */
export type DnsAnswer = { responseCode: DnsResponseCode | null; records: string[] }

/**
 * A record in the text that assertions compare: names in lower case without their last dot, addresses
 * as RFC 5952 writes them, the parts of a TXT joined without quotes, control characters as `\DDD`.
 */
export function recordText<Type extends DnsRecordType>(
  type: Type,
  fields: DnsRecordFields[Type],
): string {
  const text: (fields: DnsRecordFields[Type]) => string = TEXTS[type]
  return text(fields).replace(CONTROL, escapeControl)
}

/** RFC 1035 §4.1.1; null for a code that no resolver should answer with. */
export function responseCodeOf(code: number): DnsResponseCode | null {
  return RESPONSE_CODES[code] ?? null
}

/** Why an answer is not the one expected, in one sentence; null when it is. Assertions are judged apart. */
export function dnsProblem(request: CheckRequest<'DNS'>, answer: DnsAnswer): string | null {
  const { target, expectations, assertions } = request
  const { recordType, responseCode } = expectations
  if (answer.responseCode !== responseCode) {
    const came = answer.responseCode ?? 'an unknown response code'
    return `${target} was answered with ${came}, expected ${responseCode}`
  }
  if (responseCode !== 'NOERROR' || answer.records.length > 0) return null
  const mayBeEmpty = assertions.some(
    ({ source, comparison }) => source === 'DNS_RECORD' && comparison === 'NOT_EXISTS',
  )
  return mayBeEmpty ? null : `${target} has no ${recordType} record`
}

/** The records as a finding keeps them: the first 32, each cut to 255 characters. */
export function shownRecords(records: string[]): string[] {
  return records.slice(0, MAX_SHOWN_RECORDS).map((text) => text.slice(0, MAX_SHOWN_LENGTH))
}

const RESPONSE_CODES: DnsResponseCode[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
]

const TEXTS: { [Type in DnsRecordType]: (fields: DnsRecordFields[Type]) => string } = {
  A: addressText,
  AAAA: addressText,
  CNAME: nameText,
  NS: nameText,
  MX: ({ preference, exchange }) => `${preference} ${nameText(exchange)}`,
  TXT: (parts) => parts.map((part) => new TextDecoder().decode(part)).join(''),
  SRV: ({ priority, weight, port, target }) => `${priority} ${weight} ${port} ${nameText(target)}`,
  CAA: ({ flags, tag, value }) => `${flags} ${tag} "${value}"`,
  SOA: ({ mname, rname, serial, refresh, retry, expire, minimum }) =>
    [nameText(mname), nameText(rname), serial, refresh, retry, expire, minimum].join(' '),
}

function addressText(address: string): string {
  const ip = parseIp(address)
  return ip ? formatIp(ip) : address
}

function nameText(name: string): string {
  return name.length > 1 ? name.toLowerCase().replace(/\.$/, '') : name
}

/** A NUL could not even be stored, and the rest would disturb whoever reads it. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g

function escapeControl(character: string): string {
  return `\\${String(character.charCodeAt(0)).padStart(3, '0')}`
}
