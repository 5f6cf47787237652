import { minute } from '../../instant.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** Less is told in hours. */
const TOLD_IN_DAYS_MS = 2 * DAY_MS

/** Days before a certificate expires at which a word on it is due. */
const STAGES = [30, 14, 7, 3, 1] as const

/** What is known of one monitor's certificate. Instants are epoch milliseconds. */
export type CertificateView = {
  /** Null where none is known, or nobody wants to hear of it. */
  expiresAt: number | null
  nowMs: number
  /** The open incident about it. */
  incident: string | null
  /** The stage of the last word on it; null while there was none. */
  told: number | null
}

/** OPEN and TELL say how many days are left, RENEW that all is well, DROP that nobody watches any more. */
export type CertificateDecision = {
  deed: 'OPEN' | 'TELL' | 'RENEW' | 'DROP' | 'NOTHING'
  told: number | null
  /** When to decide again; null while time alone changes nothing. */
  dueAt: number | null
  reason: string
}

/**
 * One word at each stage, and never two at once: of stages that passed unseen only the last is told. A
 * certificate that was replaced by one that soon expires too is told of from its own next stage on.
 */
export function decideCertificate(view: CertificateView): CertificateDecision {
  const { expiresAt, nowMs, incident, told } = view
  if (expiresAt === null) {
    const reason = 'no certificate is watched'
    return { deed: incident ? 'DROP' : 'NOTHING', told: null, dueAt: null, reason }
  }
  const leftMs = expiresAt - nowMs
  const stage = STAGES.findLast((days) => leftMs <= days * DAY_MS) ?? null
  const dueAt = dueAfter(stage, expiresAt)
  if (stage === null) {
    const reason = `more than ${STAGES[0]} days are left`
    return { deed: incident ? 'RENEW' : 'NOTHING', told: null, dueAt, reason }
  }
  const reason = `it ${fateInWords(leftMs)}`
  if (told !== null && stage >= told) return { deed: 'NOTHING', told: stage, dueAt, reason }
  return { deed: incident ? 'TELL' : 'OPEN', told: stage, dueAt, reason }
}

/** What is wrong with it, in a sentence that stays true. */
export function causeOf(expiresAt: number, nowMs: number): string {
  return `The certificate ${expiresAt > nowMs ? 'expires' : 'expired'} on ${minute(expiresAt)}.`
}

/** What becomes of a certificate that is valid for so much longer. */
export function fateInWords(leftMs: number): string {
  if (leftMs <= 0) return 'has expired'
  if (leftMs >= TOLD_IN_DAYS_MS) return `expires in ${Math.round(leftMs / DAY_MS)} days`
  const hours = Math.ceil(leftMs / HOUR_MS)
  return `expires in ${hours} ${hours === 1 ? 'hour' : 'hours'}`
}

export function wholeDaysLeft(expiresAt: number, nowMs: number): number {
  return Math.floor((expiresAt - nowMs) / DAY_MS)
}

function dueAfter(stage: number | null, expiresAt: number): number | null {
  const next = stage === null ? STAGES[0] : STAGES.find((days) => days < stage)
  return next === undefined ? null : expiresAt - next * DAY_MS
}
