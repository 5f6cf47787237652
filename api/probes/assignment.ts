import type { CheckRequest } from '../../core/check.ts'

/** The region of the agent inside the API process. */
export const LOCAL_REGION = 'local'

/** How long a run may take beyond its own timeout before another process takes it over. */
export const LEASE_MARGIN_MS = 10_000

/** One run of one monitor, held by this process until its lease ends. */
export type ClaimedRun = {
  monitorId: string
  workspaceId: string
  region: string
  slotAt: number
  attempt: number
  /** Grows with every claim: whoever holds an older one has lost the run. */
  fence: string
  /** Milliseconds from the claim to the run's instant, by the database's clock. */
  startsInMs: number
  request: CheckRequest
}

/** What a run leaves behind: when the monitor is to be looked at next. */
export type NextRun = {
  monitorId: string
  region: string
  fence: string
  slotAt: number
  attempt: number
  runAt: number
}
