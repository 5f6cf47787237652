/** A region saw a certificate that expires at another instant than the one it saw before. */
export type Sighting = {
  monitorId: string
  region: string
  expiresAt: number
  /** Null before the first. */
  formerExpiresAt: number | null
}

/**
 * A later expiry may be that of one of several servers, renewed before the others: it is believed when
 * no check has contradicted it for a while. Everything else is believed at once.
 */
export function isDoubted({ formerExpiresAt, expiresAt }: Sighting): boolean {
  return formerExpiresAt !== null && expiresAt > formerExpiresAt
}
