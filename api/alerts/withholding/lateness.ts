import type { IncidentEntry } from '../../incidents/entries/entry.ts'
import { durationInWords } from '../words.ts'
import type { PassingReason } from './withholding.ts'

/** That an alert went out late: why, and how long it was withheld. */
export type Lateness = { reason: PassingReason; forMs: number }

const causes = {
  MAINTENANCE: 'it was being worked on',
  DEPENDENCY: 'what it depends on was down',
  PARENT_CHECK: 'what it depends on was looked at first',
  QUIET_HOURS: 'these were quiet hours',
} satisfies Record<PassingReason, string>

/** `withheld for 42 min 3 s: it was being worked on` */
export function latenessInWords({ reason, forMs }: Lateness): string {
  return `withheld for ${durationInWords(forMs)}: ${causes[reason]}`
}

/** An alert that was withheld and goes out now. */
export type Released = {
  incidentId: string
  workspaceId: string
  recipient: string
  lateness: Lateness
}

/** What the timelines say of it: of each incident and reason one line, with the longest that anybody waited. */
export function releaseEntries(released: readonly Released[], nowMs: number): IncidentEntry[] {
  const groups = Map.groupBy(released, (one) => `${one.incidentId} ${one.lateness.reason}`)
  return [...groups.values()].map((group) => releaseEntry(group, nowMs))
}

function releaseEntry(group: readonly Released[], at: number): IncidentEntry {
  const { incidentId, workspaceId, lateness } = group[0]!
  const forMs = Math.max(...group.map((one) => one.lateness.forMs))
  const names = [...new Set(group.map(({ recipient }) => recipient))].join(', ')
  const text = `Told now, ${latenessInWords({ ...lateness, forMs })}. To: ${names}.`
  return { incidentId, workspaceId, kind: 'RELEASED', at, userId: null, text }
}
