import dnsPacket from 'dns-packet'
import { describe, expect, test } from 'vitest'
import type { DnsRecordType } from '../core/check.ts'
import { cpuMsOf } from '../test/cpu.ts'
import { MAX_MESSAGE_BYTES, readReply, writeQuery } from './dns-message.ts'

const NAME = 'shop.example'
const A_RECORD: dnsPacket.Answer = { type: 'A', name: NAME, data: '192.0.2.1' }

describe('a query', () => {
  test('asks once, recursively, under a number of its own', () => {
    const queries = Array.from({ length: 50 }, () => writeQuery({ name: NAME, type: 'MX' }))
    const message = dnsPacket.decode(queries[0]!.bytes)
    expect(message).toMatchObject({ id: queries[0]!.id, flag_qr: false, flag_rd: true })
    expect(message.questions).toMatchObject([{ name: NAME, type: 'MX', class: 'IN' }])
    expect(new Set(queries.map(({ id }) => id)).size).toBeGreaterThan(40)
  })
})

describe('a reply', () => {
  test.each<[DnsRecordType, dnsPacket.Answer[], string[]]>([
    ['A', [A_RECORD, { ...A_RECORD, data: '192.0.2.0' }], ['192.0.2.0', '192.0.2.1']],
    ['AAAA', [{ type: 'AAAA', name: NAME, data: '2001:db8::1' }], ['2001:db8::1']],
    ['CNAME', [{ type: 'CNAME', name: NAME, data: 'Www.shop.example' }], ['www.shop.example']],
    ['NS', [{ type: 'NS', name: NAME, data: 'ns.example' }], ['ns.example']],
    [
      'MX',
      [{ type: 'MX', name: NAME, data: { preference: 10, exchange: 'mx.example' } }],
      ['10 mx.example'],
    ],
    ['TXT', [{ type: 'TXT', name: NAME, data: ['v=spf1 ', '-all'] }], ['v=spf1 -all']],
    [
      'SRV',
      [{ type: 'SRV', name: NAME, data: { priority: 1, weight: 2, port: 3, target: 'a.example' } }],
      ['1 2 3 a.example'],
    ],
    [
      'CAA',
      [{ type: 'CAA', name: NAME, data: { flags: 0, tag: 'issue', value: 'ca.example' } }],
      ['0 issue "ca.example"'],
    ],
    [
      'SOA',
      [
        {
          type: 'SOA',
          name: NAME,
          data: {
            mname: 'ns.example',
            rname: 'a.b.example',
            serial: 1,
            refresh: 2,
            retry: 3,
            expire: 4,
            minimum: 5,
          },
        },
      ],
      ['ns.example a.b.example 1 2 3 4 5'],
    ],
  ])('with %s records gives them in canonical text', (type, answers, records) => {
    expect(read(type, answers)).toEqual({ responseCode: 'NOERROR', isTruncated: false, records })
  })

  test('leaves out the aliases on the way', () => {
    const alias: dnsPacket.Answer = { type: 'CNAME', name: NAME, data: 'www.shop.example' }
    expect(read('A', [alias, A_RECORD])?.records).toEqual(['192.0.2.1'])
  })

  test('may be without its question, as servers that found no sense in it send it', () => {
    const query = writeQuery({ name: NAME, type: 'A' })
    const bytes = dnsPacket.encode({ type: 'response', id: query.id, flags: 1 })
    expect(readReply(bytes, query)).toMatchObject({ responseCode: 'FORMERR', records: [] })
  })
})

describe('what is no reply:', () => {
  const query = writeQuery({ name: NAME, type: 'A' })
  const question = { name: NAME, type: 'A' } as const
  const reply: dnsPacket.Packet = {
    type: 'response',
    id: query.id,
    questions: [question],
    answers: [A_RECORD],
  }
  test.each<[string, Buffer]>([
    ['the query itself', query.bytes],
    ['another number', dnsPacket.encode({ ...reply, id: query.id ^ 1 })],
    ['another name', dnsPacket.encode({ ...reply, questions: [{ ...question, name: 'x.test' }] })],
    ['another type', dnsPacket.encode({ ...reply, questions: [{ ...question, type: 'MX' }] })],
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['half of it', dnsPacket.encode(reply).subarray(0, -3)],
    ['too much', Buffer.concat([dnsPacket.encode(reply), Buffer.alloc(MAX_MESSAGE_BYTES)])],
  ])('%s', (_, bytes) => {
    expect(readReply(bytes, query)).toBeNull()
  })

  test('a name that points in circles', () => {
    const bytes = Buffer.from(dnsPacket.encode(reply))
    const nameAt = bytes.length - 28
    bytes.writeUInt16BE(0xc000 | nameAt, nameAt)
    expect(readReply(bytes, query)).toBeNull()
  })

  test('a message that takes long to follow', () => {
    const chain = chainOfPointers(query.id)
    expect(cpuMsOf(() => readReply(chain, query))).toBeLessThan(250)
  })
})

test('no altered bit makes it throw', () => {
  const query = writeQuery({ name: NAME, type: 'A' })
  const bytes = dnsPacket.encode({
    type: 'response',
    id: query.id,
    questions: [{ name: NAME, type: 'A' }],
    answers: [A_RECORD, { type: 'TXT', name: NAME, data: 'text' }],
  })
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const altered = Buffer.from(bytes)
    altered[bit >> 3]! ^= 1 << (bit & 7)
    expect(() => readReply(altered, query)).not.toThrow()
  }
})

function read(type: DnsRecordType, answers: dnsPacket.Answer[]) {
  const query = writeQuery({ name: NAME, type })
  const questions = [{ name: NAME.toUpperCase(), type }]
  const flags = dnsPacket.AUTHORITATIVE_ANSWER
  return readReply(
    dnsPacket.encode({ type: 'response', id: query.id, flags, questions, answers }),
    query,
  )
}

/** Half the message is one long chain of pointers, the other half names that start at its end. */
function chainOfPointers(id: number): Buffer {
  const bytes = Buffer.alloc(MAX_MESSAGE_BYTES)
  const start = 12 + 11
  const end = MAX_MESSAGE_BYTES / 2
  const answers = Math.floor((MAX_MESSAGE_BYTES - end) / 12)
  bytes.writeUInt16BE(id, 0)
  bytes.writeUInt16BE(0x8000, 2)
  bytes.writeUInt16BE(answers, 6)
  // The first record's data holds the chain.
  bytes.writeUInt16BE(10, 12 + 1)
  bytes.writeUInt16BE(end - start, 12 + 9)
  for (let at = start + 1; at < end - 1; at += 2) {
    bytes.writeUInt16BE(0xc000 | (at === start + 1 ? start : at - 2), at)
  }
  for (let index = 1; index < answers; index++) {
    const at = end + (index - 1) * 12
    bytes.writeUInt16BE(0xc000 | (end - 2), at)
    bytes.writeUInt16BE(1, at + 2)
  }
  return bytes
}
