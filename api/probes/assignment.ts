import type { CheckRequest } from '../../core/check.ts'
import { nextRun, type Run } from '../../core/slot.ts'

/** The region of the agent inside the API process. */
export const LOCAL_REGION = 'local'

/** The region that votes on jobs that call us: nobody goes there, so it has no assignments. */
export const HEARTBEAT_REGION = 'heartbeat'

/**
 * Every monitor has a row of `assignments` for each region that it is checked from. Here its runs are
 * leased; a probe elsewhere plans its own, so there `claimable_at` stays null and the row only says
 * that the region checks the monitor, while this is active and not quarantined.
 */
export function isLeased(region: string): boolean {
  return region === LOCAL_REGION
}

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

/** Workspaces of which so many of these runs are, or more. */
export function workspacesHolding(
  runs: readonly Pick<ClaimedRun, 'workspaceId'>[],
  most: number,
): string[] {
  const byWorkspace = Map.groupBy(runs, ({ workspaceId }) => workspaceId)
  return [...byWorkspace].filter(([, held]) => held.length >= most).map(([id]) => id)
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

/** A run that nobody holds yet. */
export type WaitingRun = {
  monitorId: string
  region: string
  fence: string
  intervalSeconds: number
  last: Run
  runAt: number
}

/** The run as it were after a failure, if that is sooner than it is planned. */
export function asRecheck({ last, runAt, ...run }: WaitingRun, nowMs: number): NextRun | null {
  const { monitorId, region, fence } = run
  const next = nextRun(run, last, true, nowMs)
  return next.runAt < runAt ? { monitorId, region, fence, ...next } : null
}
