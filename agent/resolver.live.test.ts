import dgram from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createHosts } from './hosts.ts'
import { createNameResolver } from './resolver.ts'
import { type Reply, startDnsServer } from './testing/dns-server.ts'

const WITHIN_MS = 1_500
const GRACE_MS = 10_000
const NAME = 'shop.example'

type Row = { sentence: string; reply: (type: string) => Reply; expected: object }

const rows: Row[] = [
  {
    sentence: 'IPv4 comes before IPv6',
    reply: (type) => (type === 'A' ? ['192.0.2.1', '192.0.2.2'] : ['2001:db8::1']),
    expected: { ok: true, addresses: ['192.0.2.1', '192.0.2.2', '2001:db8::1'] },
  },
  {
    sentence: 'a name with IPv6 only resolves',
    reply: (type) => (type === 'A' ? [] : ['2001:db8::1']),
    expected: { ok: true, addresses: ['2001:db8::1'] },
  },
  {
    sentence: 'IPv4 serves where the IPv6 question is answered by an error',
    reply: (type) => (type === 'A' ? ['192.0.2.1'] : 'SERVFAIL'),
    expected: { ok: true, addresses: ['192.0.2.1'] },
  },
  {
    sentence: 'a name that does not exist fails the target',
    reply: () => 'NXDOMAIN',
    expected: { ok: false, errorKind: 'DNS_FAILURE', message: `${NAME} does not exist (NXDOMAIN)` },
  },
  {
    sentence: 'a name without address fails the target',
    reply: () => [],
    expected: { ok: false, errorKind: 'DNS_FAILURE', message: `${NAME} exists but has no address` },
  },
  {
    sentence: 'failing name servers fail the target',
    reply: () => 'SERVFAIL',
    expected: { ok: false, errorKind: 'DNS_FAILURE' },
  },
  {
    sentence: 'name servers that are silent while the resolver lives fail the target',
    reply: (type) => (type === 'NS' ? [] : 'SILENCE'),
    expected: {
      ok: false,
      errorKind: 'DNS_FAILURE',
      message: `The name servers of ${NAME} did not answer`,
    },
  },
  {
    sentence: 'a resolver that answers nothing at all is trouble of our own',
    reply: () => 'SILENCE',
    expected: { ok: false, errorKind: 'PROBE_FAILURE' },
  },
]

test.concurrent.each(rows)('$sentence', async ({ reply, expected }) => {
  await using server = await startDnsServer(({ type }) => reply(type))
  const names = createNameResolver({ hosts: createHosts(), servers: [server.address] })
  const startedAt = performance.now()
  expect(await names.resolve(NAME, WITHIN_MS)).toMatchObject(expected)
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS + GRACE_MS)
})

test('a resolver that is not there is trouble of our own', async () => {
  const gone = dgram.createSocket('udp4').bind(0, '127.0.0.1')
  await once(gone, 'listening')
  const address = `127.0.0.1:${gone.address().port}`
  gone.close()
  const names = createNameResolver({ hosts: createHosts(), servers: [address] })
  expect(await names.resolve(NAME, WITHIN_MS)).toMatchObject({ errorKind: 'PROBE_FAILURE' })
})

test('names of the hosts file need no server', async () => {
  const names = createNameResolver({ hosts: createHosts(), servers: ['127.0.0.1:1'] })
  const [plain, absolute] = await Promise.all(
    ['localhost', 'localhost.'].map((name) => names.resolve(name, WITHIN_MS)),
  )
  expect(plain).toMatchObject({ ok: true })
  expect(absolute).toEqual(plain)
})

test('dead names do not hold up the others', async () => {
  await using server = await startDnsServer(({ name, type }) => {
    if (name.startsWith('dead')) return 'SILENCE'
    return type === 'A' ? ['192.0.2.1'] : []
  })
  const names = createNameResolver({ hosts: createHosts(), servers: [server.address] })
  const resolve = (name: string) => names.resolve(name, WITHIN_MS)
  const dead = Array.from({ length: 50 }, (_, index) => resolve(`dead${index}.example`))
  expect(await Promise.race([...dead, resolve(NAME)])).toMatchObject({ ok: true })
  await Promise.all(dead)
})
