import type { ProbeAssignment } from './probe-protocol.ts'
import type { RegionTrack } from './region.ts'

/** A monitor as a probe keeps it: its next run, and what its results say so far, to know when to look again soon. */
export type PlannedMonitor = {
  assignment: ProbeAssignment
  next: { slotAt: number; attempt: number; runAt: number }
  track: RegionTrack
}
