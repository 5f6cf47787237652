import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { ChainLink } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseIp } from '../core/ip.ts'

/** A server may present a ring of certificates that issue each other. */
const MAX_CHAIN_LENGTH = 20
const MAX_SHOWN_LENGTH = 200

/** The earliest end of validity in the presented chain, epoch milliseconds; null without certificate. */
export function earliestExpiry(socket: TLSSocket): number | null {
  let earliest: number | null = null
  for (const certificate of chainOf(socket)) {
    const expiresAt = certificate.validToDate.getTime()
    if (earliest === null || expiresAt < earliest) earliest = expiresAt
  }
  return earliest
}

/** The presented chain as a finding keeps it, leaf first. */
export function chainLinks(socket: TLSSocket): ChainLink[] {
  return Array.from(chainOf(socket), (certificate) => ({
    subject: inOneLine(certificate.subject),
    issuer: inOneLine(certificate.issuer),
    validFrom: certificate.validFromDate.getTime(),
    validTo: certificate.validToDate.getTime(),
  }))
}

/** Why the certificate is not to be trusted for this name; null when it is. */
export function trustFailure(socket: TLSSocket, name: string): Failure | null {
  if (socket.authorized) return null
  // Typed as Error, but Node stores the code.
  return distrust(String(socket.authorizationError), socket.getPeerX509Certificate(), name)
}

/** As trustFailure, but whoever issued the certificate: its own dates and names alone must be right. */
export function leafFailure(socket: TLSSocket, name: string, now: number): Failure | null {
  const leaf = socket.getPeerX509Certificate()
  if (!leaf) return failure('TLS_FAILURE', `${name} presents no certificate`)
  if (now < leaf.validFromDate.getTime()) return distrust('CERT_NOT_YET_VALID', leaf, name)
  if (now > leaf.validToDate.getTime()) return distrust('CERT_HAS_EXPIRED', leaf, name)
  const isNamed = parseIp(name) ? leaf.checkIP(name) : leaf.checkHost(name)
  return isNamed ? null : distrust('ERR_TLS_CERT_ALTNAME_INVALID', leaf, name)
}

function* chainOf(socket: TLSSocket): Generator<X509Certificate> {
  let certificate = socket.getPeerX509Certificate()
  for (let length = 0; certificate && length < MAX_CHAIN_LENGTH; length++) {
    yield certificate
    certificate = certificate.issuerCertificate
  }
}

/** Node writes one attribute a line. */
function inOneLine(name = ''): string {
  return name.replace(/[\u0000-\u001f\u007f]+/g, ', ').slice(0, MAX_SHOWN_LENGTH)
}

function distrust(code: string, leaf: X509Certificate | undefined, name: string): Failure {
  const reason =
    code === 'CERT_HAS_EXPIRED' && leaf
      ? whoExpired(leaf)
      : (REASONS[code] ?? `is not trusted (${code})`)
  return failure('TLS_FAILURE', `The certificate of ${name} ${reason}`)
}

function whoExpired({ validTo, validToDate }: X509Certificate): string {
  const isOwn = validToDate.getTime() < Date.now()
  return isOwn
    ? `has expired: it was valid until ${validTo}`
    : `was issued by one that has expired; its own is valid until ${validTo}`
}

const REASONS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  CERT_UNTRUSTED: 'is not trusted',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself',
  ERR_TLS_CERT_ALTNAME_INVALID: 'was issued for another name',
  SELF_SIGNED_CERT_IN_CHAIN: 'comes from an authority that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'comes from an authority that is not known',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'comes from an authority that is not known',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'is presented without the certificate of its issuer',
}
