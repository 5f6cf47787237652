import { expect, it } from 'vitest'
import { clientIpOf } from './client-ip.ts'

it.each([
  ['no proxy: the socket speaks', '203.0.113.7', null, 0, '203.0.113.7'],
  ['no proxy: the header is a lie', '203.0.113.7', '198.51.100.1', 0, '203.0.113.7'],
  ['one proxy', '10.0.0.1', '203.0.113.7', 1, '203.0.113.7'],
  ['one proxy, and a caller who lies', '10.0.0.1', '198.51.100.1, 203.0.113.7', 1, '203.0.113.7'],
  ['two proxies', '10.0.0.2', '198.51.100.1, 203.0.113.7, 10.0.0.1', 2, '203.0.113.7'],
  ['fewer hops than proxies', '10.0.0.2', '203.0.113.7', 3, '203.0.113.7'],
  ['a proxy that says nothing', '10.0.0.1', null, 1, '10.0.0.1'],
  ['a proxy that says nonsense', '10.0.0.1', 'unknown', 1, null],
  ['IPv6', '::1', '2001:db8::1', 1, '2001:db8::1'],
  ['a socket that is gone', undefined, null, 0, null],
])('%s', (_what, remoteAddress, forwardedFor, trustedProxies, ip) => {
  expect(clientIpOf(remoteAddress, forwardedFor, trustedProxies)).toBe(ip)
})
