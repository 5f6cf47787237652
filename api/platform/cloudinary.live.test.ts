import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createCloudinary } from './cloudinary.ts'
import { createLog } from './log.ts'
import { newMediaName, type Shelf } from './media.ts'

const SECRET = 'abcd1234'
const OPEN = new AbortController().signal
const PNG = Buffer.from('89504e470d0a1a0a00', 'hex')

const keep = (signal = OPEN) => media.keep(newMediaName(), PNG, signal)

type Received = { path: string; fields: Record<string, string>; file: Buffer | null }

let received: Received[] = []
/** Null: none. */
let answer: { status: number; body: (one: Received) => object } | null
let server: http.Server
let media: Shelf

beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    const one = await read(request)
    received.push(one)
    if (!answer) return
    response.writeHead(answer.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer.body(one)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = `cloudinary://key:${SECRET}@lighthouse?upload_prefix=${origin}`
  // Whether it speaks TLS the SDK decides as it loads, by this variable.
  process.env.CLOUDINARY_URL = url
  media = createCloudinary(url, createLog('silent'))
})

afterAll(() => {
  delete process.env.CLOUDINARY_URL
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  received = []
  const shown = ({ fields }: Received) => `https://res.example/${fields.public_id}.png`
  answer = { status: 200, body: (one) => ({ secure_url: shown(one), result: 'ok' }) }
})

test('a picture goes up under a random name, by a request that bears a signature', async () => {
  const name = newMediaName()
  const url = await media.keep(name, PNG, OPEN)
  const [upload] = received
  expect(upload).toMatchObject({ path: '/v1_1/lighthouse/image/upload', file: PNG })
  const id = `pharos/${name.slice(0, 22)}`
  expect(upload?.fields.public_id).toBe(id)
  expect(signatureOf(upload!)).toBe(upload?.fields.signature)
  expect(JSON.stringify(upload?.fields)).not.toContain(SECRET)
  expect(url).toBe(`https://res.example/${id}.png`)
})

test('a picture is removed by a request that bears a signature', async () => {
  const name = newMediaName()
  expect(await media.remove(name, OPEN)).toBe(true)
  const [removal] = received
  expect(removal?.path).toBe('/v1_1/lighthouse/image/destroy')
  expect(removal?.fields.public_id).toBe(`pharos/${name.slice(0, 22)}`)
  expect(signatureOf(removal!)).toBe(removal?.fields.signature)
})

test.each([401, 500])('a picture that is refused with %i is not kept', async (status) => {
  answer = { status, body: () => ({ error: { message: 'Invalid Signature' } }) }
  expect(await keep()).toBeNull()
})

test('one that cannot be removed now is no error', async () => {
  answer = { status: 500, body: () => ({ error: { message: 'Try later' } }) }
  expect(await media.remove(newMediaName(), OPEN)).toBe(false)
  expect(received.length).toBe(1)
})

test('one that is not there is removed already', async () => {
  answer = { status: 200, body: () => ({ result: 'not found' }) }
  expect(await media.remove(newMediaName(), OPEN)).toBe(true)
})

test.each([
  ['kept', () => keep(AbortSignal.timeout(100)), null],
  ['removed', () => media.remove(newMediaName(), AbortSignal.timeout(100)), false],
])('nobody who stops waits until one is %s', async (_, work, expected) => {
  answer = null
  expect(await work()).toBe(expected)
})

test('it goes by the name of its cloud, where other pictures may lie than in another', () => {
  expect(media.place).toBe('cloudinary/lighthouse')
})

/** Cloudinary's rule: SHA-1 of all parameters but these, in order, and the secret. */
function signatureOf({ fields }: Received): string {
  const { file: _file, api_key: _key, signature: _signature, ...signed } = fields
  const text = Object.entries(signed)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  return createHash('sha1')
    .update(text + SECRET)
    .digest('hex')
}

async function read(request: http.IncomingMessage): Promise<Received> {
  const body = Buffer.concat(await request.toArray())
  const headers = { 'content-type': request.headers['content-type'] ?? '' }
  const form = await new Response(body, { headers }).formData()
  const fields: Record<string, string> = {}
  let file: Buffer | null = null
  for (const [name, value] of form) {
    if (typeof value === 'string') fields[name] = value
    else file = Buffer.from(await value.arrayBuffer())
  }
  return { path: request.url ?? '', fields, file }
}
