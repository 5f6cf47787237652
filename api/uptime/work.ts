import { type Interval, mergeIntervals } from './uptime.ts'

/** The spans of one maintenance window; `monitorIds` null: it is for all monitors. */
export type Work = { windowId: string; monitorIds: string[] | null; spans: Interval[] }

/** Gives the work on a monitor; what is the same for many is put together once. */
export function workByMonitor(works: readonly Work[]): (monitorId: string) => Interval[] {
  const known = new Map<string, Interval[]>()
  const workers = works.map((work) => ({
    ...work,
    monitorIds: work.monitorIds && new Set(work.monitorIds),
  }))
  return (monitorId) => {
    const own = workers.filter(({ monitorIds }) => monitorIds?.has(monitorId) ?? true)
    const key = own.map(({ windowId }) => windowId).join()
    return known.getOrInsertComputed(key, () => mergeIntervals(own.flatMap(({ spans }) => spans)))
  }
}
