import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { invariant } from '../../core/invariant.ts'
import { errorCode } from './error-code.ts'

const ALGORITHM = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16

/** The first of a ring seals and signs; every one of them opens. */
export type EncryptionKey = { id: string; key: Uint8Array }

export type Keyring = {
  /** `place` says whose secret it is, `table|column|workspace|row`: nowhere else can it be opened. */
  seal(plain: string, place: string): Uint8Array<ArrayBuffer>
  /** Throws for anything but what `seal` made for this very place. */
  open(sealed: Uint8Array, place: string): string
  /** A signature (base64url) that only we can make: for single-use tokens that are derived, not stored. */
  sign(text: string): string
}

export function createKeyring(keys: EncryptionKey[]): Keyring {
  const [active] = keys
  invariant(active, 'a key ring has at least one key')
  const signingKey = derive(active, 'sign')
  return {
    seal: (plain, place) => seal(active, plain, place),
    open: (sealed, place) => open(keys, sealed, place),
    sign: (text) => createHmac('sha256', signingKey).update(text).digest('base64url'),
  }
}

/** `id:base64,id:base64`, each key of 32 bytes. */
export function parseKeys(text: string): EncryptionKey[] | { problem: string } {
  const keys = text.split(',').map((part) => {
    const [id = '', base64 = ''] = part.trim().split(':')
    return { id, key: Buffer.from(base64, 'base64') }
  })
  if (keys.some(({ id }) => !/^[\w-]{1,32}$/.test(id)))
    return { problem: 'must be id:key,id:key with ids of letters, digits, - and _' }
  if (keys.some(({ key }) => key.length !== KEY_BYTES))
    return { problem: `each key must be ${KEY_BYTES} bytes in base64` }
  if (new Set(keys.map(({ id }) => id)).size < keys.length)
    return { problem: 'each id may occur once' }
  return keys
}

/** The keys of `<dataDir>/keys`, made at the first start, readable by us alone. */
export async function keysOf(dataDir: string): Promise<EncryptionKey[]> {
  const path = join(dataDir, 'keys')
  await mkdir(dataDir, { recursive: true })
  const fresh = `1:${randomBytes(KEY_BYTES).toString('base64')}\n`
  await writeFile(path, fresh, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw error
  })
  const keys = parseKeys(await readFile(path, 'utf8'))
  invariant(Array.isArray(keys), `the file ${path} was altered`)
  return keys
}

/** Layout: length of the key's id, the id, the IV, the tag, the ciphertext. */
function seal(active: EncryptionKey, plain: string, place: string): Uint8Array<ArrayBuffer> {
  const id = Buffer.from(active.id)
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(ALGORITHM, derive(active, 'seal'), iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(additionalData(place, active.id))
  const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(id.length), id, iv, cipher.getAuthTag(), text])
}

function open(keys: EncryptionKey[], sealed: Uint8Array, place: string): string {
  const bytes = Buffer.from(sealed)
  const idEnd = 1 + (bytes[0] ?? 0)
  const ivEnd = idEnd + IV_BYTES
  const tagEnd = ivEnd + TAG_BYTES
  const id = bytes.toString('utf8', 1, idEnd)
  const key = keys.find((candidate) => candidate.id === id)
  if (!key || bytes.length < tagEnd) throw new Error(`No key of the ring opens ${place}`)
  const iv = bytes.subarray(idEnd, ivEnd)
  // Without authTagLength a forger may bring a tag of 4 bytes.
  const decipher = createDecipheriv(ALGORITHM, derive(key, 'seal'), iv, {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(additionalData(place, id))
  decipher.setAuthTag(bytes.subarray(ivEnd, tagEnd))
  return decipher.update(bytes.subarray(tagEnd), undefined, 'utf8') + decipher.final('utf8')
}

function additionalData(place: string, keyId: string): Buffer {
  return Buffer.from(`${place}|${keyId}`)
}

/** One key never serves two algorithms. */
function derive({ key }: EncryptionKey, purpose: 'seal' | 'sign'): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `pharos ${purpose}`, KEY_BYTES))
}
