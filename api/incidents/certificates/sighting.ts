/** A region saw a certificate that expires at another instant than the one it saw before. */
export type Sighting = {
  monitorId: string
  region: string
  expiresAt: number
  /** Null before the first. */
  formerExpiresAt: number | null
}

/**
 * A renewed certificate, unless it is that of one of several servers, renewed before the others: it is
 * believed when no check has contradicted it for a while. Everything else is believed at once.
 */
export function isLater({ formerExpiresAt, expiresAt }: Sighting): boolean {
  return formerExpiresAt !== null && expiresAt > formerExpiresAt
}

/** Several servers answer, as it seems: a later certificate is not believed so soon from now on. */
export function isEarlier({ formerExpiresAt, expiresAt }: Sighting): boolean {
  return formerExpiresAt !== null && expiresAt < formerExpiresAt
}
