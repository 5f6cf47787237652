import { describe, expect, test } from 'vitest'
import { headerNameRule, headerValueRule, parseTarget } from './target.ts'

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
