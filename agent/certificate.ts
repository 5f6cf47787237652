import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import { type Failure, failure } from './failure.ts'

/** A server may present a ring of certificates that issue each other. */
const MAX_CHAIN_LENGTH = 20

/** The earliest end of validity in the presented chain, epoch milliseconds; null without certificate. */
export function earliestExpiry(socket: TLSSocket): number | null {
  let certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
  let earliest: number | null = null
  for (let length = 0; certificate && length < MAX_CHAIN_LENGTH; length++) {
    const expiresAt = certificate.validToDate.getTime()
    if (earliest === null || expiresAt < earliest) earliest = expiresAt
    certificate = certificate.issuerCertificate
  }
  return earliest
}

/** Why the certificate is not to be trusted for this host; null when it is. */
export function trustFailure(socket: TLSSocket, host: string): Failure | null {
  if (socket.authorized) return null
  // Typed as Error, but Node stores the code.
  const code = String(socket.authorizationError)
  const until = socket.getPeerX509Certificate()?.validTo ?? 'an unknown date'
  const reason = REASONS[code]?.replace('{until}', until) ?? `is not trusted (${code})`
  return failure('TLS_FAILURE', `The certificate of ${host} ${reason}`)
}

const REASONS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'or of one of its issuers has expired (its own is valid until {until})',
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
