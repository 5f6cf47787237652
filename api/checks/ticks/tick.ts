import { type Waiters, wakeAll } from '../../platform/following/reader.ts'
import type { ShownCheck } from '../history/check.ts'

/** The newest check of a region, and as the how manieth it came. */
type Tick = { number: number; check: ShownCheck }

/** A monitor whose checks are followed in this process. */
export type Ticking = Waiters & {
  /** How many checks were seen of it. */
  count: number
  /** By region; what came last stands last. */
  ticks: Map<string, Tick>
}

export function newTicking(): Ticking {
  return { count: 0, ticks: new Map(), waiting: new Set() }
}

/** Takes in the last check of a region; the same one again is no news. */
export function tick(ticking: Ticking, check: ShownCheck): void {
  const { region } = check
  const known = ticking.ticks.get(region)
  if (known && isSame(known.check, check)) return
  ticking.count += 1
  ticking.ticks.delete(region)
  ticking.ticks.set(region, { number: ticking.count, check })
  wakeAll(ticking)
}

/** The first that came after so many: of each region no other but its newest. */
export function tickAfter({ ticks }: Ticking, count: number): Tick | null {
  for (const one of ticks.values()) if (one.number > count) return one
  return null
}

function isSame(a: ShownCheck, b: ShownCheck): boolean {
  return a.scheduledAt === b.scheduledAt && a.attempt === b.attempt && a.checkedAt === b.checkedAt
}
