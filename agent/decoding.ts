import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { type Failure, failure } from '../core/failure.ts'

export const MAX_BODY_BYTES = 1024 * 1024
/** Nobody compresses thrice; each layer costs a pass. */
const MAX_LAYERS = 2
/** RFC 9659: a content coding may ask for a window of 8 MB at most; the decoder would take 128 MB. */
const ZSTD_WINDOW_LOG = 23

export type Decoding = { ok: true; bytes: Buffer } | Failure

/** Node has it since 22.15; an agent may run on an older one. */
const HAS_ZSTD = 'zstdDecompress' in zlib

export const ACCEPTED_ENCODINGS = `gzip, deflate, br${HAS_ZSTD ? ', zstd' : ''}`

/** Undoes the content codings (RFC 9110 §8.4) of a body, the last applied first, 1 MB at most after each. */
export async function decodeBody(bytes: Buffer, contentEncoding = ''): Promise<Decoding> {
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
  const layers = names.filter((name) => name !== '' && name !== 'identity').toReversed()
  if (layers.length > MAX_LAYERS) {
    return failure('INVALID_RESPONSE', `The body is encoded ${layers.length} times`)
  }
  let decoded = bytes
  for (const layer of layers) {
    const next = await decodeLayer(decoded, layer)
    if (!next.ok) return next
    decoded = next.bytes
  }
  return { ok: true, bytes: decoded }
}

export function bodyTooLarge(): Failure {
  return failure(
    'BODY_TOO_LARGE',
    'The body is larger than 1 MB, the most an assertion can look at',
  )
}

type Decoder = (bytes: Buffer) => Promise<Buffer>

const limit = { maxOutputLength: MAX_BODY_BYTES }
const gunzip = promisify(zlib.gunzip)
const inflate = promisify(zlib.inflate)
const inflateRaw = promisify(zlib.inflateRaw)
const brotli = promisify(zlib.brotliDecompress)
const zstdOptions = { ...limit, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }

const DECODERS = new Map<string, Decoder>([
  ['gzip', (bytes) => gunzip(bytes, limit)],
  ['x-gzip', (bytes) => gunzip(bytes, limit)],
  ['deflate', (bytes) => (isZlib(bytes) ? inflate(bytes, limit) : inflateRaw(bytes, limit))],
  ['br', (bytes) => brotli(bytes, limit)],
])
if (HAS_ZSTD) {
  const zstd = promisify(zlib.zstdDecompress)
  DECODERS.set('zstd', (bytes) => zstd(bytes, zstdOptions))
}

async function decodeLayer(bytes: Buffer, name: string): Promise<Decoding> {
  const decode = DECODERS.get(name)
  if (!decode)
    return failure('INVALID_RESPONSE', 'The body has a content encoding that is not known')
  try {
    return { ok: true, bytes: await decode(bytes) }
  } catch (error) {
    const isTooLarge =
      error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return isTooLarge
      ? bodyTooLarge()
      : failure('INVALID_RESPONSE', `The body is not valid ${name}`)
  }
}

/** RFC 9110 §8.4.1.2: deflate means zlib, but some servers send it bare. */
function isZlib(bytes: Buffer): boolean {
  return bytes.length > 1 && (bytes[0]! & 0x0f) === 8 && bytes.readUInt16BE(0) % 31 === 0
}
