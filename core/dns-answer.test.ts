import { describe, expect, test } from 'vitest'
import type { Assertion, CheckRequest, DnsResponseCode } from './check.ts'
import {
  type DnsRecordFields,
  dnsProblem,
  recordText,
  responseCodeOf,
  shownRecords,
} from './dns-answer.ts'

const SOA = {
  mname: 'NS1.Example.com.',
  rname: 'host\\.master.example.com',
  serial: 2_026_112_000,
  refresh: 7_200,
  retry: 3_600,
  expire: 1_209_600,
  minimum: 300,
}

describe('a record is written', () => {
  test.each<[string, keyof DnsRecordFields, DnsRecordFields[keyof DnsRecordFields], string]>([
    ['as its IPv4 address', 'A', '192.0.2.1', '192.0.2.1'],
    ['as its shortest IPv6 address', 'AAAA', '2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['in lower case', 'CNAME', 'WWW.Example.COM', 'www.example.com'],
    ['without its last dot', 'NS', 'ns1.example.com.', 'ns1.example.com'],
    [
      'with its preference',
      'MX',
      { preference: 10, exchange: 'MX.example.com' },
      '10 mx.example.com',
    ],
    ['with a null exchange (RFC 7505)', 'MX', { preference: 0, exchange: '.' }, '0 .'],
    ['joined without quotes', 'TXT', [bytes('v=spf1 '), bytes('-ALL "ö"')], 'v=spf1 -ALL "ö"'],
    ['with control characters escaped', 'TXT', [bytes('a\0b\n\u007f')], 'a\\000b\\010\\127'],
    ['even if it is no UTF-8', 'TXT', [Uint8Array.of(0xff, 0x61)], '\ufffda'],
    [
      'with priority, weight and port',
      'SRV',
      { priority: 1, weight: 2, port: 5_060, target: 'Sip.example.com' },
      '1 2 5060 sip.example.com',
    ],
    [
      'with flags, tag and value',
      'CAA',
      { flags: 128, tag: 'issue', value: 'letsencrypt.org' },
      '128 issue "letsencrypt.org"',
    ],
    [
      'with all its numbers',
      'SOA',
      SOA,
      'ns1.example.com host\\.master.example.com 2026112000 7200 3600 1209600 300',
    ],
  ])('%s', (_, type, fields, text) => {
    expect(recordText(type, fields)).toBe(text)
  })
})

test.each<[number, DnsResponseCode | null]>([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [6, null],
  [15, null],
])('response code %i is %s', (code, name) => {
  expect(responseCodeOf(code)).toBe(name)
})

describe('an answer', () => {
  const isGone = recordIs('NOT_EXISTS')
  test.each<
    [string, DnsResponseCode, Assertion[], DnsResponseCode | null, string[], string | null]
  >([
    ['with a record is as expected', 'NOERROR', [], 'NOERROR', ['1.1.1.1'], null],
    ['without a record is not', 'NOERROR', [], 'NOERROR', [], 'shop.example has no A record'],
    ['without a record is as expected where none may be', 'NOERROR', [isGone], 'NOERROR', [], null],
    [
      'without a record is not, where only one of them must not be',
      'NOERROR',
      [recordIs('NOT_EQUALS')],
      'NOERROR',
      [],
      'shop.example has no A record',
    ],
    [
      'that the name does not exist is not expected',
      'NOERROR',
      [isGone],
      'NXDOMAIN',
      [],
      'shop.example was answered with NXDOMAIN, expected NOERROR',
    ],
    ['that the name does not exist may be expected', 'NXDOMAIN', [], 'NXDOMAIN', [], null],
    [
      'that the name exists is then not',
      'NXDOMAIN',
      [],
      'NOERROR',
      ['1.1.1.1'],
      'shop.example was answered with NOERROR, expected NXDOMAIN',
    ],
    [
      'of an unknown code is never expected',
      'SERVFAIL',
      [],
      null,
      [],
      'shop.example was answered with an unknown response code, expected SERVFAIL',
    ],
  ])('%s', (_, expected, assertions, responseCode, records, problem) => {
    const request: CheckRequest<'DNS'> = {
      kind: 'DNS',
      target: 'shop.example',
      timeoutMs: 5_000,
      expectations: { recordType: 'A', resolver: null, responseCode: expected },
      assertions,
    }
    expect(dnsProblem(request, { responseCode, records })).toBe(problem)
  })
})

test('of many and long records a finding keeps some, cut', () => {
  const shown = shownRecords(Array<string>(100).fill('x'.repeat(65_535)))
  expect(shown).toEqual(Array(32).fill('x'.repeat(255)))
})

function recordIs(comparison: Assertion['comparison']): Assertion {
  return { source: 'DNS_RECORD', property: null, comparison, target: '1.1.1.1' }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
