import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createCloudinary } from './cloudinary.ts'
import { createLog } from './log.ts'
import type { Media } from './media.ts'

const SECRET = 'abcd1234'
const PNG = Buffer.from('89504e470d0a1a0a00', 'hex')

type Received = { path: string; fields: Record<string, string>; file: Buffer | null }

let received: Received[] = []
let answer: { status: number; body: (one: Received) => object }
let server: http.Server
let media: Media

beforeAll(async () => {
  server = http.createServer(async (request, response) => {
    const one = await read(request)
    received.push(one)
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
  const kept = await media.keep(PNG)
  const [upload] = received
  expect(upload).toMatchObject({ path: '/v1_1/lighthouse/image/upload', file: PNG })
  expect(upload?.fields.public_id).toMatch(/^pharos\/[\w-]{22}$/)
  expect(signatureOf(upload!)).toBe(upload?.fields.signature)
  expect(JSON.stringify(upload?.fields)).not.toContain(SECRET)
  const id = upload?.fields.public_id
  expect(kept).toEqual({ name: `${id?.slice(7)}.png`, url: `https://res.example/${id}.png` })
})

test('a picture is removed by a request that bears a signature', async () => {
  const kept = await media.keep(PNG)
  await media.remove(kept!.name)
  const [upload, removal] = received
  expect(removal?.path).toBe('/v1_1/lighthouse/image/destroy')
  expect(removal?.fields.public_id).toBe(upload?.fields.public_id)
  expect(signatureOf(removal!)).toBe(removal?.fields.signature)
})

test.each([401, 500])('a picture that is refused with %i is not kept', async (status) => {
  answer = { status, body: () => ({ error: { message: 'Invalid Signature' } }) }
  expect(await media.keep(PNG)).toBeNull()
})

test('one that cannot be removed is no error', async () => {
  answer = { status: 500, body: () => ({ error: { message: 'Try later' } }) }
  await media.remove(`${'a'.repeat(22)}.png`)
  expect(received.length).toBe(1)
})

test('none of them is served or swept here', async () => {
  expect(await media.read(`${'a'.repeat(22)}.png`)).toBeNull()
  expect(await media.namesOlderThan(0)).toEqual([])
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
