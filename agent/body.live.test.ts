import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import zlib, { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Assertion, Finding } from '../core/check.ts'
import { createChecker } from './check.ts'
import { policyOf, requestFor } from './testing/request.ts'
import { startHttpTarget } from './testing/target.ts'

const MB = 1024 * 1024
const BOMB_BYTES = 200 * MB
/** As proc_pid_clear_refs(5) has it. */
const FORGET_PEAK = '5'
const ALLOWED_GROWTH_BYTES = 64 * MB
const ALL_WINDOWS = { params: { [zlib.constants.ZSTD_c_windowLog]: 27 } }

const checker = createChecker({ policy: policyOf('127.0.0.1') })
const startsWell: Assertion = {
  source: 'BODY',
  property: null,
  comparison: 'CONTAINS',
  target: 'ok',
}

describe('a body of', () => {
  test.each([
    [MB, null],
    [MB + 1, 'BODY_TOO_LARGE'],
  ])('%i bytes comes out as %s', async (length, errorKind) => {
    const body = Buffer.alloc(length, 'ok')
    expect(await checkBody(body, {})).toMatchObject({ errorKind })
  })

  test.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const)(
    '1 MB is read out of %s, and one byte more is too large',
    async (encoding, encode) => {
      const headers = { 'content-encoding': encoding }
      const fits = await checkBody(encode(Buffer.alloc(MB, 'ok')), headers)
      const overflows = await checkBody(encode(Buffer.alloc(MB + 1, 'ok')), headers)
      expect(fits).toMatchObject({ outcome: 'UP' })
      expect(overflows).toMatchObject({
        outcome: 'DOWN',
        errorKind: 'BODY_TOO_LARGE',
        httpStatus: 200,
      })
    },
  )

  test.each([
    ['gzip', Buffer.from('not gzip at all')],
    ['gzip', gzipSync('cut short').subarray(0, 15)],
    ['br', Buffer.from([0xff, 0xff])],
    ['compress', Buffer.from('ok')],
    ['gzip, gzip, gzip', gzipSync(gzipSync(gzipSync('ok')))],
    // Asks the decoder for 128 MB before the first byte.
    ['zstd', zstdCompressSync(Buffer.alloc(16 * MB), ALL_WINDOWS)],
  ])('a wrong or greedy %s encoding is invalid', async (encoding, body) => {
    const finding = await checkBody(body, { 'content-encoding': encoding })
    expect(finding).toMatchObject({ outcome: 'DOWN', errorKind: 'INVALID_RESPONSE' })
  })
})

describe('memory stays flat', () => {
  let bomb: Buffer
  beforeAll(async () => {
    bomb = gzipSync(await gzipOfZeros(BOMB_BYTES))
  })

  test('while a body of 500 bytes unpacks to 200 MB', async () => {
    expect(bomb.length).toBeLessThan(1_000)
    const headers = { 'content-encoding': 'gzip, gzip' }
    const growth = await peakGrowth(() => checkBody(bomb, headers))
    expect(growth).toBeLessThan(ALLOWED_GROWTH_BYTES)
  })

  test.each([true, false])('while a body never ends (looked at: %s)', async (isLookedAt) => {
    const chunk = Buffer.alloc(MB)
    await using target = await startHttpTarget((_, response) => {
      response.on('error', () => {})
      Readable.from(repeat(chunk, 2_000)).pipe(response)
    })
    const assertions = isLookedAt ? [startsWell] : []
    const growth = await peakGrowth(() => checker.run(requestFor(target.url, { assertions })))
    await target.quiet()
    expect(growth).toBeLessThan(ALLOWED_GROWTH_BYTES)
  })
})

async function checkBody(body: Buffer, headers: Record<string, string>): Promise<Finding> {
  await using target = await startHttpTarget((_, response) => {
    response.writeHead(200, headers).end(body)
  })
  return await checker.run(requestFor(target.url, { assertions: [startsWell] }))
}

async function gzipOfZeros(length: number): Promise<Buffer> {
  const packed = Readable.from(repeat(Buffer.alloc(MB), length / MB)).pipe(zlib.createGzip())
  const chunks: Buffer[] = []
  packed.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(packed, 'end')
  return Buffer.concat(chunks)
}

function* repeat(chunk: Buffer, times: number): Generator<Buffer> {
  for (let count = 0; count < times; count++) yield chunk
}

/** How far ten runs raise the most memory that this process holds; what it once held for other tests is forgotten. */
async function peakGrowth(run: () => Promise<unknown>): Promise<number> {
  await writeFile('/proc/self/clear_refs', FORGET_PEAK)
  const before = await peakBytes()
  for (let count = 0; count < 10; count++) await run()
  return (await peakBytes()) - before
}

async function peakBytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) * 1_024
}
