import type { Finding } from '../../../core/check.ts'
import { isUuid } from '../../uuid.ts'

/** What tells one check from all others. Instants are epoch milliseconds. */
export type CheckKey = { monitorId: string; scheduledAt: number; attempt: number; region: string }

/** What every list shows of a check, and a monitor's votes remember of the last one. */
export type CheckHead = CheckKey &
  Pick<Finding, 'outcome' | 'errorKind' | 'message' | 'httpStatus' | 'latencyMs'> & {
    checkedAt: number
  }

/** The rest of it. */
export type CheckDetail = Omit<Finding, keyof CheckHead> & { isLate: boolean }

export type ShownCheck = CheckHead & {
  /** Null where only the head is at hand: the detail is read when it is asked for. */
  detail: CheckDetail | null
}

/** Place of a check in its monitor's history. */
export type CheckPlace = Omit<CheckKey, 'monitorId'>

/** One text for the key, printable and without padding. */
export function formatKey({ monitorId, ...place }: CheckKey): string {
  return `${monitorId}/${formatPlace(place)}`
}

/** Null for what `formatKey` cannot have made. */
export function parseKey(text: string): CheckKey | null {
  const [monitorId = '', ...rest] = text.split('/')
  const place = parsePlace(rest.join('/'))
  return place && isUuid(monitorId) ? { monitorId, ...place } : null
}

export function formatPlace({ scheduledAt, attempt, region }: CheckPlace): string {
  return `${scheduledAt}/${attempt}/${region}`
}

/** Null for what `formatPlace` cannot have made. */
export function parsePlace(text: string): CheckPlace | null {
  const [, scheduledAt, attempt, region] = PLACE.exec(text) ?? []
  if (!scheduledAt || !attempt || !region) return null
  return { scheduledAt: Number(scheduledAt), attempt: Number(attempt), region }
}

// Few enough digits for Postgres: a timestamp and a smallint.
const PLACE = /^(\d{1,14})\/(\d{1,4})\/([\w.-]{1,64})$/
