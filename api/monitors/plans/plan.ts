import type { WatchKind } from '../../../core/check.ts'
import { type InputIssue, Refusal } from '../../refusal.ts'

/** What a workspace's plan allows, and what it has. */
export type Plan = { maxMonitors: number; minIntervalSeconds: number; monitors: number }

/** The refusal of one more monitor, or null. */
export function refuseMore({ maxMonitors, monitors }: Plan): Refusal | null {
  if (monitors < maxMonitors) return null
  return new Refusal('LIMIT_REACHED', `This workspace's plan allows ${maxMonitors} monitors.`)
}

/** The refusal of an interval, or null. */
export function refuseInterval(
  { minIntervalSeconds }: Plan,
  { kind, intervalSeconds }: { kind: WatchKind; intervalSeconds: number },
): Refusal | null {
  // Who calls us costs no checks.
  if (kind === 'HEARTBEAT' || intervalSeconds >= minIntervalSeconds) return null
  const message = `must be at least ${minIntervalSeconds} on this workspace's plan`
  const issues: InputIssue[] = [{ path: ['intervalSeconds'], message }]
  return new Refusal('LIMIT_REACHED', `intervalSeconds ${message}.`, { issues })
}
