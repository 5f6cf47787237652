import { describe, expect, test } from 'vitest'
import { judgeAddress, judgeAddresses, type OutboundPolicy, parseCidrs } from './address.ts'

const NOTHING = policyOf('')

describe('the public internet is open', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.9.9.9',
    '93.184.215.14',
    '140.82.121.4',
    '151.101.1.69',
    '2606:4700:4700::1111',
    '2001:4860:4860::8888',
    '2620:fe::fe',
    '2a00:1450:4001:82b::200e',
    '::ffff:8.8.8.8',
  ])('%s', (address) => {
    expect(judgeAddress(address, NOTHING)).toEqual({ allowed: true })
  })
})

describe('a refused range begins and ends where its registry says', () => {
  test.each([
    ['0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
    ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
    ['224.0.0.0', '255.255.255.255', '223.255.255.255', null],
    ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, '2000::'],
    ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff::', '2001:200::'],
    ['2001:db8::', '2001:db8:ffff::ffff', '2001:db7:ffff::', '2001:db9::'],
    ['2002::', '2002:ffff::ffff', '2001:ffff::', '2003::'],
    ['3fff::', '3fff:fff:ffff::', '3ffe:ffff::', '3fff:1000::'],
    ['4000::', 'ffff::', '3fff:ffff::', null],
  ])('%s to %s', (first, last, before, after) => {
    expect(judgeAddress(first, NOTHING).allowed).toBe(false)
    expect(judgeAddress(last, NOTHING).allowed).toBe(false)
    if (before) expect(judgeAddress(before, NOTHING)).toEqual({ allowed: true })
    if (after) expect(judgeAddress(after, NOTHING)).toEqual({ allowed: true })
  })
})

describe('a refusal names the reason and the setting that would open it', () => {
  test.each([
    ['127.0.0.1', 'a loopback address', '127.0.0.1/32'],
    ['192.168.7.9', 'a private address', '192.168.7.9/32'],
    ['::1', 'a loopback address', '::1/128'],
    ['FD00:0:0::00AB', 'a private address', 'fd00::ab/128'],
    ['::ffff:10.0.0.1', 'a private address', '10.0.0.1/32'],
    ['168.63.129.16', 'a cloud metadata address', '168.63.129.16/32'],
    ['64:ff9b::a00:1', 'not a public address', '64:ff9b::a00:1/128'],
  ])('%s', (address, reason, range) => {
    const allowWith = `OUTBOUND_ALLOW_CIDRS=${range}`
    expect(judgeAddress(address, NOTHING)).toEqual({ allowed: false, address, reason, allowWith })
    expect(judgeAddress(address, policyOf(range))).toEqual({ allowed: true })
  })

  test('of a name with several addresses it opens all that are refused', () => {
    expect(judgeAddresses(['8.8.8.8', '127.0.0.1', '::1', '::ffff:127.0.0.1'], NOTHING)).toEqual({
      allowed: false,
      address: '127.0.0.1',
      reason: 'a loopback address',
      allowWith: 'OUTBOUND_ALLOW_CIDRS=127.0.0.1/32,::1/128',
    })
  })
})

describe('a policy', () => {
  test.each([
    ['opens its range', '10.0.0.0/8', '10.9.8.7', true],
    ['closes nothing that is public', '10.0.0.0/8', '11.0.0.0', true],
    ['opens no other private range', '10.0.0.0/8', '192.168.0.1', false],
    ['of IPv4 covers the mapped form', '127.0.0.1', '::ffff:127.0.0.1', true],
    ['of IPv4 covers no translated form', '127.0.0.0/8', '64:ff9b::7f00:1', false],
    ['of all of IPv4 leaves metadata closed', '0.0.0.0/0', '169.254.169.254', false],
    ['of all of IPv6 leaves metadata closed', '::/0', 'fd00:ec2::254', false],
    ['of all of IPv6 leaves translated metadata closed', '::/0', '64:ff9b::a9fe:a9fe', false],
    ['of all of IPv6 leaves 6to4 metadata closed', '::/0', '2002:a9fe:a9fe::1', false],
    ['of two neighbours leaves metadata closed', '169.254.169.254/31', '169.254.169.254', false],
    ['naming a metadata address opens it', '169.254.169.254/32', '169.254.169.254', true],
    ['naming it in IPv6 opens it', 'fd00:ec2::254/128', 'fd00:ec2::254', true],
  ])('%s', (_, cidrs, address, allowed) => {
    expect(judgeAddress(address, policyOf(cidrs)).allowed).toBe(allowed)
  })
})

describe('OUTBOUND_ALLOW_CIDRS', () => {
  test.each([
    ['', 0],
    [' , ', 0],
    ['10.0.0.0/8', 1],
    ['10.0.0.0/8, fd00::/8 ,127.0.0.1', 3],
    ['::/0,0.0.0.0/0', 2],
  ])('%j holds %i ranges', (text, count) => {
    expect(parseCidrs(text)).toMatchObject({ cidrs: { length: count } })
  })

  test.each([
    '10.0.0.1/8',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '010.0.0.0/8',
    'fd00::1/8',
    '::/129',
    'localhost',
    '10.0.0.0-10.0.0.9',
  ])('%j is refused by name', (text) => {
    expect(parseCidrs(`127.0.0.1,${text}`)).toEqual({
      problem: `"${text}" is not a range such as 10.0.0.0/8 or fd00::/8`,
    })
  })
})

function policyOf(cidrs: string): OutboundPolicy {
  const parsed = parseCidrs(cidrs)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return { allow: parsed.cidrs }
}
