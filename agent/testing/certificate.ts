import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { parseIp } from '../../core/ip.ts'

/** A certificate with its key: PEM for servers, the rest to issue others with it. */
export type Certificate = { cert: string; key: string; name: string; privateKey: KeyObject }

/** `isAuthority`: whether it may issue others, true unless told; some clients take no such one for a host. */
export type CertificateOptions = {
  name: string
  from?: Date
  until?: Date
  issuer?: Certificate
  isAuthority?: boolean
}

const DAY_MS = 86_400_000

/** Makes a real X.509 certificate (RFC 5280), signed by itself without issuer. */
export function makeCertificate(options: CertificateOptions): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' })
  const content = toBeSigned(options, subjectKey)
  const signature = sign('sha256', content, options.issuer?.privateKey ?? privateKey)
  const der = sequence(content, ECDSA_SHA256, bitString(signature))
  return {
    cert: pem('CERTIFICATE', der),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    name: options.name,
    privateKey,
  }
}

function toBeSigned(options: CertificateOptions, subjectKey: Buffer): Buffer {
  const { name, issuer, isAuthority = true } = options
  const { from = new Date(Date.now() - DAY_MS) } = options
  const until = options.until ?? new Date(Date.now() + 365 * DAY_MS)
  return sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_SHA256,
    commonName(issuer?.name ?? name),
    sequence(utcTime(from), utcTime(until)),
    commonName(name),
    subjectKey,
    tagged(0xa3, sequence(authority(isAuthority), alternativeName(name))),
  )
}

const ECDSA_SHA256 = sequence(objectId('2a8648ce3d040302'))

function commonName(name: string): Buffer {
  const value = tagged(0x0c, Buffer.from(name))
  return sequence(tagged(0x31, sequence(objectId('550403'), value)))
}

function authority(isAuthority: boolean): Buffer {
  const constraints = isAuthority ? sequence(tagged(0x01, Buffer.of(0xff))) : sequence()
  return sequence(objectId('551d13'), tagged(0x04, constraints))
}

function alternativeName(name: string): Buffer {
  const address = parseIp(name)
  const alternative =
    address?.version === 4
      ? tagged(0x87, Buffer.of(...name.split('.').map(Number)))
      : tagged(0x82, Buffer.from(name))
  return sequence(objectId('551d11'), tagged(0x04, sequence(alternative)))
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '').slice(2, 14)
  return tagged(0x17, Buffer.from(`${digits}Z`))
}

function objectId(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes)
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), bytes)
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, ...parts)
}

/** DER: tag, length, content. */
function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size =
    length < 0x80
      ? Buffer.of(length)
      : length < 0x100
        ? Buffer.of(0x81, length)
        : Buffer.of(0x82, length >> 8, length & 0xff)
  return Buffer.concat([Buffer.of(tag), size, content])
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
