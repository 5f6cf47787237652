const DAY_MS = 86_400_000
/** Results older than this find no partition: no probe keeps what it could not send for longer. */
const BACKLOG_DAYS = 7
/** Days made ahead, so that a failing job is noticed long before a result finds no place. */
const AHEAD_DAYS = 4

/** One UTC day of `checks`. */
export type Partition = { name: string; fromAt: number; toAt: number }

export type PartitionPlan = { make: Partition[]; drop: string[] }

/** Whether the day of this slot has a partition: what lies outside is refused, not kept elsewhere. */
export function hasPartition(scheduledAt: number, now: number): boolean {
  const dayAt = startOfDay(scheduledAt)
  return dayAt >= firstDayAt(now) && dayAt <= lastDayAt(now)
}

/** What to make and what to drop, given the names that exist. A day whose hours are not all rolled up stays. */
export function planPartitions(
  existing: string[],
  now: number,
  { retentionDays, unrolledFrom }: { retentionDays: number; unrolledFrom: number },
): PartitionPlan {
  const oldest = partitionOf(Math.min(now - retentionDays * DAY_MS, unrolledFrom)).name
  const wanted: Partition[] = []
  for (let dayAt = firstDayAt(now); dayAt <= lastDayAt(now); dayAt += DAY_MS)
    wanted.push(partitionOf(dayAt))
  return {
    make: wanted.filter(({ name }) => !existing.includes(name)),
    drop: existing.filter((name) => name < oldest),
  }
}

export function partitionOf(instant: number): Partition {
  const fromAt = startOfDay(instant)
  const day = new Date(fromAt).toISOString().slice(0, 10).replaceAll('-', '')
  return { name: `checks_${day}`, fromAt, toAt: fromAt + DAY_MS }
}

function firstDayAt(now: number): number {
  return startOfDay(now) - BACKLOG_DAYS * DAY_MS
}

function lastDayAt(now: number): number {
  return startOfDay(now) + AHEAD_DAYS * DAY_MS
}

function startOfDay(instant: number): number {
  return Math.floor(instant / DAY_MS) * DAY_MS
}
