import { randomInt } from 'node:crypto'
import dnsPacket from 'dns-packet'
import type { DnsRecordType } from '../core/check.ts'
import {
  type DnsAnswer,
  type DnsRecordFields,
  recordText,
  responseCodeOf,
} from '../core/dns-answer.ts'

/** Real answers stay far below; in 64 KB names could point along a chain that takes long to follow (seen: 0.4 s). */
export const MAX_MESSAGE_BYTES = 16_384

const RESPONSE_CODE_BITS = 0x0f

export type Question = { name: string; type: DnsRecordType }

export type Query = Question & { id: number; bytes: Buffer }

/** A message that answers the query; `isTruncated` when it is to be asked for again over TCP. */
export type Reply = DnsAnswer & { isTruncated: boolean }

/** A recursive query under a number that nobody can guess (RFC 5452 §9.2). */
export function writeQuery(question: Question): Query {
  const id = randomInt(0x1_0000)
  const flags = dnsPacket.RECURSION_DESIRED
  const bytes = dnsPacket.encode({ type: 'query', id, flags, questions: [question] })
  return { ...question, id, bytes }
}

/** Null when the bytes are no DNS message, or one that answers something else. */
export function readReply(bytes: Buffer, query: Query): Reply | null {
  if (bytes.length > MAX_MESSAGE_BYTES) return null
  try {
    const message = dnsPacket.decode(bytes)
    // It reads on where the bytes have ended.
    if (dnsPacket.decode.bytes > bytes.length) return null
    if (!message.flag_qr || message.id !== query.id || !repeats(message, query)) return null
    return {
      responseCode: responseCodeOf((message.flags ?? 0) & RESPONSE_CODE_BITS),
      isTruncated: message.flag_tc,
      records: recordsOf(message, query.type),
    }
  } catch {
    return null
  }
}

/** Servers that find no sense in a query may leave its question out (RFC 1035 §4.1.1, code 1). */
function repeats({ questions = [] }: dnsPacket.DecodedPacket, query: Query): boolean {
  const [question] = questions
  if (!question) return true
  return question.type === query.type && question.name.toLowerCase() === query.name
}

/** Without the aliases that led to them, in an order that does not change from answer to answer. */
function recordsOf({ answers = [] }: dnsPacket.DecodedPacket, type: DnsRecordType): string[] {
  const ofType = answers.filter((answer) => answer.type === type && 'data' in answer)
  return ofType.map((answer) => recordText(type, fieldsOf(answer, type))).toSorted()
}

/** dns-packet decodes by the type that the record itself carries, which the filter above has compared. */
function fieldsOf<Type extends DnsRecordType>(
  answer: dnsPacket.Answer,
  _type: Type,
): DnsRecordFields[Type] {
  return (answer as unknown as { data: DnsRecordFields[Type] }).data
}
