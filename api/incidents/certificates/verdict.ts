import { invariant } from '../../../core/invariant.ts'
import { handNews, type News } from '../../alerts/alert.ts'
import type { IncidentEntry } from '../entries/entry.ts'
import {
  causeOf,
  type CertificateDecision,
  decideCertificate,
  fateInWords,
  wholeDaysLeft,
} from './certificate.ts'

/** What is kept of a monitor's certificate. Instants are epoch milliseconds. */
export type KeptCertificate = {
  monitorId: string
  workspaceId: string
  /** The earliest that a region last saw: of those that are silent only where all are. */
  expiresAt: number | null
  /** Not all regions last saw the same: which of them are heard may change. */
  isSplit: boolean
  told: number | null
  /** It is watched, and somebody wants to hear of it. */
  isHeeded: boolean
}

export type OpenIncident = { id: string; startedAt: number }

/** What is decided of a certificate, and the incident that it concerns. */
export type Verdict = KeptCertificate & {
  decision: CertificateDecision
  incidentId: string
  startedAt: number
}

/** While regions differ they are looked at so often. */
const SPLIT_LOOK_MS = 3_600_000

export function judgeCertificate(
  certificate: KeptCertificate,
  incident: OpenIncident | null,
  { nowMs, newId }: { nowMs: number; newId: () => string },
): Verdict {
  const { isHeeded, isSplit, told } = certificate
  const expiresAt = isHeeded ? certificate.expiresAt : null
  const decision = decideCertificate({ expiresAt, nowMs, told, incident: incident?.id ?? null })
  return {
    ...certificate,
    decision: isHeeded && isSplit ? lookSoon(decision, nowMs) : decision,
    incidentId: incident?.id ?? newId(),
    startedAt: incident?.startedAt ?? nowMs,
  }
}

function lookSoon(decision: CertificateDecision, nowMs: number): CertificateDecision {
  return { ...decision, dueAt: Math.min(decision.dueAt ?? Infinity, nowMs + SPLIT_LOOK_MS) }
}

/** The line of the incident's timeline; null where there is nothing to say. */
export function entryOf(verdict: Verdict, nowMs: number): IncidentEntry | null {
  const line = lineOf(verdict, nowMs)
  const { workspaceId, incidentId } = verdict
  return line && { ...line, workspaceId, incidentId, at: nowMs, userId: null }
}

/** What to tell whoever is to be told; null where that is nothing. */
export function newsOf(verdict: Verdict, nowMs: number): News | null {
  const { monitorId, workspaceId, incidentId, decision } = verdict
  const news = { monitorId, workspaceId, incidentId, transitionId: null, latencyMs: null }
  switch (decision.deed) {
    case 'OPEN':
    case 'TELL':
      return { ...news, type: 'CERTIFICATE_EXPIRY', daysLeft: decision.told }
    case 'RENEW': {
      const daysLeft = wholeDaysLeft(knownExpiry(verdict), nowMs)
      return { ...news, type: 'CERTIFICATE_RENEWED', daysLeft }
    }
    case 'DROP':
      return handNews(verdict, 'RESOLVED')
    case 'NOTHING':
      return null
  }
}

export function causeIn(verdict: Verdict, nowMs: number): string {
  return causeOf(knownExpiry(verdict), nowMs)
}

function lineOf(verdict: Verdict, nowMs: number): Pick<IncidentEntry, 'kind' | 'text'> | null {
  switch (verdict.decision.deed) {
    case 'OPEN':
      return { kind: 'OPENED', text: causeIn(verdict, nowMs) }
    case 'TELL': {
      const fate = fateInWords(knownExpiry(verdict) - nowMs)
      return { kind: 'COMMENTED', text: `The certificate ${fate}.` }
    }
    case 'RENEW':
      return { kind: 'RESOLVED', text: `The certificate was renewed: ${verdict.decision.reason}.` }
    case 'DROP':
      return { kind: 'RESOLVED', text: 'Nobody watches this certificate any more.' }
    case 'NOTHING':
      return null
  }
}

function knownExpiry({ expiresAt }: Verdict): number {
  invariant(expiresAt !== null, 'only a known certificate is told of')
  return expiresAt
}
