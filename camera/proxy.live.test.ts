import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import type { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createOutbound } from '../agent/outbound.ts'
import { PUBLIC } from '../agent/testing/forbidden-names.ts'
import { FORBIDDEN_HOSTS } from '../agent/testing/forbidden.ts'
import { policyOf } from '../agent/testing/request.ts'
import { startHttpTarget, startTcpTarget, type TestTarget } from '../agent/testing/target.ts'
import { openProxy, type Proxy } from './proxy.ts'

let canary: TestTarget
let target: TestTarget

beforeAll(async () => {
  canary = await startHttpTarget((_, response) => response.end('canary'))
  target = await startHttpTarget(
    (request, response) => {
      if (request.url === '/flood') pour(response)
      else request.pipe(response.writeHead(203, { 'x-seen': JSON.stringify(request.headers) }))
    },
    { host: PUBLIC },
  )
})

afterAll(() => Promise.all([canary, target].map((one) => one[Symbol.asyncDispose]())))

test('it passes requests on without its own headers, and connections as they are', async () => {
  const proxy = await open(PUBLIC)
  const plain = await ask(proxy, { path: `${target.url}/`, method: 'POST', body: 'hello' })
  expect(plain).toMatchObject({ status: 203, body: 'hello' })
  expect(plain.headers['x-seen']).not.toContain('proxy-')
  const tunnelled = await connect(proxy, `${PUBLIC}:${target.port}`)
  expect(tunnelled.status).toBe(200)
  tunnelled.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  const [bytes] = await once(tunnelled.socket, 'data')
  expect(String(bytes)).toMatch(/^HTTP\/1.1 203 /)
})

test('it serves nobody who does not know the password', async () => {
  const proxy = await open('127.0.0.0/8')
  for (const password of ['', 'x', `${proxy.password}x`]) {
    const stranger = { ...proxy, password }
    expect(await ask(stranger, { path: canary.url })).toMatchObject({ status: 407 })
    expect((await connect(stranger, `127.0.0.1:${canary.port}`)).status).toBe(407)
  }
  expect(canary.accepted()).toBe(0)
})

test('it does not lead to itself, by whichever name', async () => {
  const proxy = await open('127.0.0.0/8,0.0.0.0/8,::1,::ffff:127.0.0.1')
  for (const host of ['127.0.0.1', 'localhost', '0.0.0.0', '127.1', '[::ffff:7f00:1]']) {
    await expect(ask(proxy, { path: `http://${host}:${proxy.port}/` })).rejects.toThrow()
    expect((await connect(proxy, `${host}:${proxy.port}`)).status).toBe(403)
  }
})

describe.each(Object.entries(FORBIDDEN_HOSTS))('%s', (_, hosts) => {
  test.each(hosts)('%s is not led to', async (host) => {
    const proxy = await open(PUBLIC)
    const path = encodeURI(`http://${host}:${canary.port}/`)
    const answered = await ask(proxy, { path }).catch(() => ({ status: 'none' }))
    expect([400, 'none']).toContain(answered.status)
    expect([400, 403]).toContain((await connect(proxy, `${encodeURI(host)}:${canary.port}`)).status)
    expect(canary.accepted()).toBe(0)
  })
})

test.each(['ftp://127.0.0.2/', 'file:///etc/passwd', 'https://127.0.0.2/', '/'])(
  'a request for %s has no answer: the browser would take ours for the site’s',
  async (path) => {
    await expect(ask(await open(PUBLIC), { path })).rejects.toThrow()
  },
)

test('a request where nobody listens has none either', async () => {
  await expect(ask(await open(PUBLIC), { path: `http://${PUBLIC}:9/` })).rejects.toThrow()
})

test.each(['000', '099'])(
  'an answer of status %s is none, and ends nothing else',
  async (status) => {
    const proxy = await open(PUBLIC)
    const head = `HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`
    const odd = await startTcpTarget((socket) => void socket.once('data', () => socket.end(head)), {
      host: PUBLIC,
    })
    onTestFinished(() => odd[Symbol.asyncDispose]())
    await expect(ask(proxy, { path: `${odd.url}/` })).rejects.toThrow()
    expect(await ask(proxy, { path: `${target.url}/` })).toMatchObject({ status: 203 })
  },
)

describe('what a page takes in has an end', () => {
  test('in the body of an answer', async () => {
    await expect(ask(await open(PUBLIC), { path: `${target.url}/flood` })).rejects.toThrow()
    await target.quiet()
  })

  test('before the answer', async () => {
    const interim = `HTTP/1.1 102 Processing\r\nX: ${'x'.repeat(16_000)}\r\n\r\n`.repeat(64)
    const endless = await startTcpTarget((socket) => pour(socket, Buffer.from(interim)), {
      host: PUBLIC,
    })
    onTestFinished(() => endless[Symbol.asyncDispose]())
    await expect(ask(await open(PUBLIC), { path: `${endless.url}/` })).rejects.toThrow()
    await endless.quiet()
  })
})

test('closing it ends what goes through it', async () => {
  const proxy = await open(PUBLIC)
  const { socket } = await connect(proxy, `${PUBLIC}:${target.port}`)
  const ended = once(socket, 'close')
  await proxy[Symbol.asyncDispose]()
  await ended
  await target.quiet()
})

async function open(cidrs: string): Promise<Proxy> {
  const proxy = await openProxy(createOutbound({ policy: policyOf(cidrs) }))
  onTestFinished(() => proxy[Symbol.asyncDispose]())
  return proxy
}

type Asked = { path: string; method?: string; body?: string }

function optionsOf({ port, username, password }: Proxy) {
  const credentials = Buffer.from(`${username}:${password}`).toString('base64')
  return { host: '127.0.0.1', port, headers: { 'proxy-authorization': `Basic ${credentials}` } }
}

async function ask(proxy: Proxy, { path, method, body }: Asked) {
  const request = http.request({ ...optionsOf(proxy), path, method, agent: false }).end(body)
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  let text = ''
  for await (const chunk of response) text = (text + chunk).slice(0, 1_000)
  return { status: response.statusCode, headers: response.headers, body: text }
}

async function connect(proxy: Proxy, path: string) {
  const request = http.request({ ...optionsOf(proxy), path, method: 'CONNECT', agent: false }).end()
  const [response, socket] = (await once(request, 'connect')) as [http.IncomingMessage, net.Socket]
  onTestFinished(() => void socket.destroy())
  return { status: response.statusCode, socket: socket.on('error', () => {}) }
}

function pour(stream: Writable, more = Buffer.alloc(1024 * 1024)): void {
  const on = () => {
    while (stream.writable && stream.write(more));
  }
  stream.on('drain', on).on('error', () => {})
  on()
}
