import { describe, expect, test } from 'vitest'
import {
  headerNameRule,
  headerValueRule,
  parseDomainName,
  parseEndpoint,
  parseHost,
  parseResolver,
  parseTarget,
} from './target.ts'

const LONG_LABEL = 'a'.repeat(64)
const LONG_NAME = `${'a.'.repeat(130)}example`
const IS_HOST = 'must be a host name or an IP address such as example.com or 1.1.1.1'
const IS_PORT = 'must use a port from 1 to 65535'

describe('a target is accepted', () => {
  test.each([
    ['http://example.com', 'http://example.com/'],
    ['HTTPS://Example.COM:443/A?b=c', 'https://example.com/A?b=c'],
    ['https://example.com:8443/health', 'https://example.com:8443/health'],
    ['http://[2606:4700::1111]/', 'http://[2606:4700::1111]/'],
    ['http://münchen.example/größe', 'http://xn--mnchen-3ya.example/gr%C3%B6%C3%9Fe'],
    [`https://example.com/${'a'.repeat(2_028)}`, `https://example.com/${'a'.repeat(2_028)}`],
  ])('%s', (text, href) => {
    const target = parseTarget(text)
    expect(target.ok && target.url.href).toBe(href)
  })
})

describe('a target is refused with its rule', () => {
  test.each([
    ['', 'must be a full address such as https://example.com/health'],
    ['example.com', 'must be a full address such as https://example.com/health'],
    ['http://', 'must be a full address such as https://example.com/health'],
    ['http://[::1', 'must be a full address such as https://example.com/health'],
    ['http://example.com:65536', 'must be a full address such as https://example.com/health'],
    ['ftp://example.com', 'must start with http:// or https://'],
    ['file:///etc/passwd', 'must start with http:// or https://'],
    ['javascript:alert(1)', 'must start with http:// or https://'],
    [
      'http://user@example.com',
      'must not contain a user name or password; use the authentication settings',
    ],
    [
      'http://:secret@example.com',
      'must not contain a user name or password; use the authentication settings',
    ],
    [' http://example.com', 'must not contain spaces or control characters'],
    ['http://example.com/a b', 'must not contain spaces or control characters'],
    ['http://exam\tple.com', 'must not contain spaces or control characters'],
    ['http://example.com/\r\nHost: x', 'must not contain spaces or control characters'],
    ['http://example.com:0/', 'must use a port from 1 to 65535'],
    [`https://example.com/${'a'.repeat(2_029)}`, 'must be at most 2048 characters'],
    [`https://example.com/${'ß'.repeat(1_000)}`, 'must be at most 2048 characters once encoded'],
    [`http://${'a.'.repeat(130)}example`, 'must name a host of at most 253 characters'],
  ])('%j', (text, rule) => {
    expect(parseTarget(text)).toEqual({ ok: false, rule })
  })
})

describe('an endpoint', () => {
  test.each([
    ['example.com:443', 'example.com', 443],
    ['Example.COM.:1', 'example.com.', 1],
    ['münchen.example:65535', 'xn--mnchen-3ya.example', 65_535],
    ['_ldap.example.com:389', '_ldap.example.com', 389],
    ['192.0.2.1:0025', '192.0.2.1', 25],
    ['[2001:DB8::1]:53', '[2001:db8::1]', 53],
    ['127.1:80', '127.0.0.1', 80],
    ['0x7f000001:80', '127.0.0.1', 80],
    ['１２７.0.0.1:80', '127.0.0.1', 80],
    ['[::ffff:127.0.0.1]:80', '[::ffff:7f00:1]', 80],
  ])('may be %s', (text, host, port) => {
    expect(parseEndpoint(text)).toEqual({ ok: true, host, port })
  })

  const isEndpoint = 'must be a host and a port such as example.com:443'
  const hasBrackets = 'must have brackets around an IPv6 address, such as [2606:4700::1111]:443'
  test.each([
    ['', isEndpoint],
    ['example.com', isEndpoint],
    ['example.com:', isEndpoint],
    ['example.com:http', isEndpoint],
    ['[2001:db8::1]', isEndpoint],
    [':80', isEndpoint],
    ['2001:db8::1', hasBrackets],
    ['2001:db8::1:80', hasBrackets],
    ['example.com:0', IS_PORT],
    ['example.com:65536', IS_PORT],
    ['https://example.com:443', IS_HOST],
    ['example.com/:443', IS_HOST],
    ['user@example.com:22', IS_HOST],
    ['exam ple.com:80', IS_HOST],
    ['example.com\n:80', isEndpoint],
    ['127%2e0.0.1:80', IS_HOST],
    ['256.0.0.1:80', IS_HOST],
    ['[fe80::1%25eth0]:80', IS_HOST],
    ['[::1:80', IS_HOST],
    ['example..com:80', 'must have 1 to 63 characters between two dots'],
    [`${LONG_LABEL}.example:80`, 'must have 1 to 63 characters between two dots'],
    [`${LONG_NAME}:80`, 'must name a host of at most 253 characters'],
  ])('may not be %j', (text, rule) => {
    expect(parseEndpoint(text)).toEqual({ ok: false, rule })
  })
})

describe('a host', () => {
  test.each([
    ['example.com', 'example.com'],
    ['localhost', 'localhost'],
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '[2001:db8::1]'],
    ['[2001:db8::1]', '[2001:db8::1]'],
    ['0177.0.0.1', '127.0.0.1'],
  ])('may be %s', (text, host) => {
    expect(parseHost(text)).toEqual({ ok: true, host })
  })

  test.each([
    '',
    ' ',
    'example.com:80',
    '1.2.3.4.5',
    '-n -c1 x',
    '2001:db8::1/64',
    'a?b',
    'a#b',
    '-n',
    'a;b',
    '$(a)',
    '*.a',
  ])('may not be %j', (text) => {
    expect(parseHost(text)).toEqual({ ok: false, rule: IS_HOST })
  })
})

describe('a domain name', () => {
  test.each([
    ['example.com', 'example.com'],
    ['Example.COM.', 'example.com'],
    ['_dmarc.example.com', '_dmarc.example.com'],
    ['*.example.com', '*.example.com'],
    ['münchen.example', 'xn--mnchen-3ya.example'],
    ['com', 'com'],
    ['1.2.0.192.in-addr.arpa', '1.2.0.192.in-addr.arpa'],
    [`${LONG_LABEL.slice(1)}.example`, `${LONG_LABEL.slice(1)}.example`],
  ])('may be %s', (text, name) => {
    expect(parseDomainName(text)).toEqual({ ok: true, name })
  })

  test.each(['', '.', '192.0.2.1', '127.1', '2001:db8::1', 'a b', 'a/b', 'a@b.c', 'a"b.example'])(
    'may not be %j',
    (text) => {
      const rule = 'must be a domain name such as example.com'
      expect(parseDomainName(text)).toEqual({ ok: false, rule })
    },
  )

  test.each(['a..b', '.example', `${LONG_LABEL}.example`, LONG_NAME])('may not be %j', (text) => {
    expect(parseDomainName(text)).toMatchObject({ ok: false })
  })
})

describe('a resolver', () => {
  test.each([
    ['1.1.1.1', '1.1.1.1', 53],
    ['1.1.1.1:5353', '1.1.1.1', 5_353],
    ['2606:4700:4700::1111', '[2606:4700:4700::1111]', 53],
    ['[2606:4700:4700::1111]', '[2606:4700:4700::1111]', 53],
    ['[2606:4700:4700::1111]:54', '[2606:4700:4700::1111]', 54],
  ])('may be %s', (text, host, port) => {
    expect(parseResolver(text)).toEqual({ ok: true, host, port })
  })

  const isAddress = 'must be an IP address such as 1.1.1.1 or [2606:4700:4700::1111]:53'
  test.each([
    ['', isAddress],
    ['dns.example', isAddress],
    ['127.1', isAddress],
    ['0x01010101', isAddress],
    ['[1.1.1.1]:53', isAddress],
    ['fe80::1%eth0', isAddress],
    ['1.1.1.1:0', IS_PORT],
    ['1.1.1.1:65536', IS_PORT],
  ])('may not be %j', (text, rule) => {
    expect(parseResolver(text)).toEqual({ ok: false, rule })
  })
})

describe('a header name', () => {
  test.each(['Accept', 'X-Api-Key', 'x_y', 'Host', 'Cookie', '1'])('may be %s', (name) => {
    expect(headerNameRule(name)).toBeNull()
  })

  test.each(['', 'a b', 'a:', 'a\r\nb', 'größe', 'a(b)', 'x'.repeat(65)])(
    'may not be %j',
    (name) => {
      expect(headerNameRule(name)).not.toBeNull()
    },
  )

  test.each([
    'Connection',
    'keep-alive',
    'Proxy-Authorization',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'UPGRADE',
    'Content-Length',
    'Expect',
  ])('may not be %s, which frames the connection', (name) => {
    expect(headerNameRule(name)).toBe('is set by the connection itself and cannot be chosen')
  })
})

describe('a header value', () => {
  test.each(['', 'a b', 'a\tb', 'größe', 'x'.repeat(4_096)])('may be %j', (value) => {
    expect(headerValueRule(value)).toBeNull()
  })

  test.each(['a\r\nb: c', 'a\nb', 'a\0', '\u007f', '日本', 'x'.repeat(4_097)])(
    'may not be %j',
    (value) => {
      expect(headerValueRule(value)).not.toBeNull()
    },
  )
})
