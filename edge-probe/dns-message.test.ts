import dnsPacket from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DnsRecordType } from '../core/check.ts'
import { MAX_MESSAGE_BYTES, readReply, writeQuery } from './dns-message.ts'

const NAME = 'shop.example.com'

test('a query is what every name server reads', () => {
  const bytes = Buffer.from(writeQuery({ name: NAME, type: 'CAA' }))
  expect(dnsPacket.decode(bytes)).toMatchObject({
    id: 0,
    type: 'query',
    flag_rd: true,
    questions: [{ name: NAME, type: 'CAA', class: 'IN' }],
  })
})

describe('a record is read as it was written', () => {
  type Row = [type: DnsRecordType, data: unknown, text: string]

  test.each<Row>([
    ['A', '192.0.2.7', '192.0.2.7'],
    ['AAAA', '2001:db8:0:0:0:0:0:7', '2001:db8::7'],
    ['CNAME', 'CDN.Example.NET', 'cdn.example.net'],
    ['NS', 'ns1.shop.example.com', 'ns1.shop.example.com'],
    ['MX', { preference: 10, exchange: 'mx.example.com' }, '10 mx.example.com'],
    ['TXT', ['v=spf1 ', '-all'], 'v=spf1 -all'],
    [
      'SRV',
      { priority: 1, weight: 2, port: 443, target: 'a.example.com' },
      '1 2 443 a.example.com',
    ],
    ['CAA', { flags: 128, tag: 'issue', value: 'ca.example.net' }, '128 issue "ca.example.net"'],
    [
      'SOA',
      {
        mname: 'ns.example.com',
        rname: 'host.example.com',
        serial: 4_294_967_295,
        refresh: 2,
        retry: 3,
        expire: 4,
        minimum: 5,
      },
      'ns.example.com host.example.com 4294967295 2 3 4 5',
    ],
  ])('%s', (type, data, text) => {
    const answers = [{ name: NAME, type, data } as dnsPacket.Answer]
    expect(read(type, { answers })).toEqual({ responseCode: 'NOERROR', records: [text] })
  })
})

describe('of an answer', () => {
  test('only records of the type asked for are taken, in an order that does not change', () => {
    const answers = [
      { name: NAME, type: 'CNAME', data: 'edge.example.net' },
      { name: 'edge.example.net', type: 'A', data: '192.0.2.9' },
      { name: 'edge.example.net', type: 'A', data: '192.0.2.10' },
    ] as dnsPacket.Answer[]
    expect(read('A', { answers })?.records).toEqual(['192.0.2.10', '192.0.2.9'])
  })

  test.each([
    [3, 'NXDOMAIN'],
    [2, 'SERVFAIL'],
    [5, 'REFUSED'],
    [9, null],
  ])('the code %i is %s', (flags, responseCode) => {
    expect(read('A', { flags })).toEqual({ responseCode, records: [] })
  })
})

describe('nothing is read from', () => {
  type Row = [sentence: string, bytes: Uint8Array]
  const bytes = encode('A', { answers: [{ name: NAME, type: 'A', data: '192.0.2.7' }] })
  const circle = Uint8Array.from([...bytes.subarray(0, 12), 0xc0, 12, 0, 1, 0, 1])

  test.each<Row>([
    ['a query', Buffer.from(writeQuery({ name: NAME, type: 'A' }))],
    ['an answer under another number', encode('A', { id: 7 })],
    ['an answer to another name', encode('A', {}, 'bank.example.com')],
    ['an answer to another type', encode('MX', {})],
    ['half an answer', bytes.subarray(0, bytes.length - 2)],
    ['a name that points to itself', circle],
    ['no bytes at all', new Uint8Array()],
    ['more bytes than an answer has', new Uint8Array(MAX_MESSAGE_BYTES + 1)],
  ])('%s', (_, given) => {
    expect(readReply(given, { name: NAME, type: 'A' })).toBeNull()
  })

  test('whatever else the bytes are: it ends, and throws nothing', () => {
    const question = { name: NAME, type: 'SOA' } as const
    const answers = [{ name: NAME, type: 'TXT', data: ['x'.repeat(200)] }] as dnsPacket.Answer[]
    const whole = encode('SOA', { answers })
    const places = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 })
    fc.assert(
      fc.property(places, (changes) => {
        const damaged = Uint8Array.from(whole)
        for (const [at, byte] of changes) damaged[at] = byte
        readReply(damaged, question)
      }),
    )
  })
})

type Parts = { answers?: dnsPacket.Answer[]; flags?: number; id?: number }

function encode(type: DnsRecordType, parts: Parts, name = NAME): Uint8Array {
  const questions = [{ name, type }]
  return dnsPacket.encode({ type: 'response', id: 0, questions, ...parts })
}

function read(type: DnsRecordType, parts: Parts) {
  return readReply(encode(type, parts), { name: NAME, type })
}
