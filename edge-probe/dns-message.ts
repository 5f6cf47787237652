import type { DnsRecordType } from '../core/check.ts'
import {
  type DnsAnswer,
  type DnsRecordFields,
  recordText,
  responseCodeOf,
} from '../core/dns-answer.ts'

/** Real answers stay far below. */
export const MAX_MESSAGE_BYTES = 16_384
/** RFC 1035 §2.3.4 allows 255; the rest is for pointers. A name that points in circles ends here. */
const MAX_NAME_BYTES = 320

const RECURSION_DESIRED = 0x0100
const IS_ANSWER = 0x8000
const RESPONSE_CODE_BITS = 0x0f
const INTERNET = 1
const HEADER_BYTES = 12
const TIME_TO_LIVE_BYTES = 4
const MAX_LABEL_BYTES = 63
/** A length with both upper bits set begins the place where the name goes on (RFC 1035 §4.1.4). */
const POINTER = 0xc0

export type Question = { name: string; type: DnsRecordType }

/** A recursive query; its id is 0 (RFC 8484 §4.1): it goes over connections that nobody else can answer on. */
export function writeQuery({ name, type }: Question): Uint8Array {
  const labels = name.split('.').map((label) => encoder.encode(label))
  const header = [0, RECURSION_DESIRED, 1, 0, 0, 0]
  return Uint8Array.from([
    ...header.flatMap(twoBytes),
    ...labels.flatMap((label) => [label.length, ...label]),
    0,
    ...twoBytes(TYPES[type]),
    ...twoBytes(INTERNET),
  ])
}

/** Null when the bytes are no DNS message, or one that answers something else. */
export function readReply(bytes: Uint8Array, question: Question): DnsAnswer | null {
  if (bytes.length > MAX_MESSAGE_BYTES) return null
  try {
    return readAnswer({ bytes, at: 0 }, question)
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

/** A message, and up to where it was read. Reading past its end throws a RangeError. */
type Cursor = { bytes: Uint8Array; at: number }

function readAnswer(cursor: Cursor, question: Question): DnsAnswer | null {
  const [id, flags] = [readNumber(cursor, 2), readNumber(cursor, 2)]
  const [questionCount, answerCount] = [readNumber(cursor, 2), readNumber(cursor, 2)]
  cursor.at = HEADER_BYTES
  if (id !== 0 || !(flags & IS_ANSWER)) return null
  // Servers that find no sense in a query may leave its question out.
  if (questionCount > 1 || (questionCount === 1 && !repeats(cursor, question))) return null
  const records: string[] = []
  for (let count = 0; count < answerCount; count++)
    records.push(...readRecord(cursor, question.type))
  return { responseCode: responseCodeOf(flags & RESPONSE_CODE_BITS), records: records.toSorted() }
}

function repeats(cursor: Cursor, { name, type }: Question): boolean {
  const [asked, askedType] = [readName(cursor).toLowerCase(), readNumber(cursor, 2)]
  return readNumber(cursor, 2) === INTERNET && asked === name && askedType === TYPES[type]
}

/** One record of the type asked for; none for the aliases that lead to it. */
function readRecord<Type extends DnsRecordType>(cursor: Cursor, type: Type): string[] {
  readName(cursor)
  const [recordType, recordClass] = [readNumber(cursor, 2), readNumber(cursor, 2)]
  cursor.at += TIME_TO_LIVE_BYTES
  const length = readNumber(cursor, 2)
  // Names in it may point anywhere before it, but nothing is read beyond its own end.
  const content = { bytes: cursor.bytes.subarray(0, cursor.at + length), at: cursor.at }
  readBytes(cursor, length)
  const isWanted = recordType === TYPES[type] && recordClass === INTERNET
  return isWanted ? [recordText(type, FIELDS[type](content))] : []
}

/** RFC 1035 §3.2.2, 3596 §2.1, 2782 and 8659 §4.1. */
const TYPES: Record<DnsRecordType, number> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  CAA: 257,
}

/** In the order in which they are written: each reads on where the one before it ended. */
const FIELDS: { [Type in DnsRecordType]: (content: Cursor) => DnsRecordFields[Type] } = {
  A: (content) => readBytes(content, 4).join('.'),
  AAAA: (content) => readGroups(content).join(':'),
  CNAME: readName,
  NS: readName,
  MX: (content) => ({ preference: readNumber(content, 2), exchange: readName(content) }),
  TXT: readStrings,
  SRV: (content) => ({
    priority: readNumber(content, 2),
    weight: readNumber(content, 2),
    port: readNumber(content, 2),
    target: readName(content),
  }),
  CAA: (content) => ({
    flags: readNumber(content, 1),
    tag: decoder.decode(readString(content)),
    value: decoder.decode(readRest(content)),
  }),
  SOA: (content) => ({
    mname: readName(content),
    rname: readName(content),
    serial: readNumber(content, 4),
    refresh: readNumber(content, 4),
    retry: readNumber(content, 4),
    expire: readNumber(content, 4),
    minimum: readNumber(content, 4),
  }),
}

function readName(cursor: Cursor): string {
  return readLabels(cursor, MAX_NAME_BYTES).join('.') || '.'
}

function readLabels(cursor: Cursor, bytesLeft: number): string[] {
  if (bytesLeft < 0) throw new RangeError('the name is too long')
  const length = readNumber(cursor, 1)
  if (length === 0) return []
  if (length >= POINTER) {
    const at = ((length - POINTER) << 8) | readNumber(cursor, 1)
    return readLabels({ bytes: cursor.bytes, at }, bytesLeft - 2)
  }
  if (length > MAX_LABEL_BYTES) throw new RangeError('the label is too long')
  const label = decoder.decode(readBytes(cursor, length))
  return [label, ...readLabels(cursor, bytesLeft - length - 1)]
}

function readGroups(cursor: Cursor): string[] {
  return Array.from({ length: 8 }, () => readNumber(cursor, 2).toString(16))
}

function readStrings(cursor: Cursor): Uint8Array[] {
  const strings: Uint8Array[] = []
  while (cursor.at < cursor.bytes.length) strings.push(readString(cursor))
  return strings
}

function readString(cursor: Cursor): Uint8Array {
  return readBytes(cursor, readNumber(cursor, 1))
}

function readRest(cursor: Cursor): Uint8Array {
  return readBytes(cursor, cursor.bytes.length - cursor.at)
}

function readNumber(cursor: Cursor, byteCount: 1 | 2 | 4): number {
  return readBytes(cursor, byteCount).reduce((value, byte) => value * 256 + byte, 0)
}

function readBytes(cursor: Cursor, byteCount: number): Uint8Array {
  const end = cursor.at + byteCount
  if (end > cursor.bytes.length) throw new RangeError('the message ends too soon')
  const bytes = cursor.bytes.subarray(cursor.at, end)
  cursor.at = end
  return bytes
}

function twoBytes(value: number): number[] {
  return [value >> 8, value & 0xff]
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()
