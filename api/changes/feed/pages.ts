import type { StoredChange } from '../change.ts'

/** Changes that are read from the table at once, and kept or forgotten together. */
export const PAGE_SIZE = 100
/** Pages kept in a process, of all workspaces together: at about 300 bytes a change, some 15 MB. */
export const MOST_PAGES = 500

/** What is kept of one workspace's changes by page, each without a gap. */
export type Pages = {
  get(pageNumber: number): StoredChange[] | undefined
  /** In the place of what was kept of it. */
  keep(pageNumber: number, page: StoredChange[]): void
}

/** Gives each workspace its pages; of them all the one kept longest is forgotten first. */
export function createPages(): (workspaceId: string) => Pages {
  const kept = new Map<string, StoredChange[]>()
  return (workspaceId) => ({
    get: (pageNumber) => kept.get(`${workspaceId} ${pageNumber}`),
    keep(pageNumber, page) {
      const key = `${workspaceId} ${pageNumber}`
      kept.delete(key)
      kept.set(key, page)
      const [oldest] = kept.keys()
      if (kept.size > MOST_PAGES && oldest !== undefined) kept.delete(oldest)
    },
  })
}

export function pageNumberOf(position: number): number {
  return Math.floor((position - 1) / PAGE_SIZE)
}

/** The positions that a page holds, both included. */
export function spanOf(pageNumber: number): { from: number; to: number } {
  const before = pageNumber * PAGE_SIZE
  return { from: before + 1, to: before + PAGE_SIZE }
}

/** Undefined where the page does not hold it: it was not read so far, or not so far back. */
export function changeIn(
  page: readonly StoredChange[] | undefined,
  position: number,
): StoredChange | undefined {
  const [first] = page ?? []
  return first && page?.[position - first.position]
}

/** Adds changes that were read in order; what a page holds already stays the same object. */
export function append(pages: Pages, changes: readonly StoredChange[]): void {
  for (const change of changes) {
    const pageNumber = pageNumberOf(change.position)
    const page = pages.get(pageNumber)
    const last = page?.at(-1)?.position ?? 0
    if (page && last === change.position - 1) page.push(change)
    // A page read before its last changes were committed may have come in late: it is begun anew.
    else if (last < change.position) pages.keep(pageNumber, [change])
  }
}
