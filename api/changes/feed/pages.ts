import type { StoredChange } from '../change.ts'

/** Changes that are read from the table at once, and kept or forgotten together. */
export const PAGE_SIZE = 100
/** Pages that are kept of a workspace: whoever was gone for a moment goes on without the table. */
const MOST_PAGES = 10

/** Changes of a workspace by page, each without a gap; the page kept longest is forgotten first. */
export type Pages = Map<number, StoredChange[]>

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

/** Puts a page in the place of what was kept of it. */
export function keepPage(pages: Pages, pageNumber: number, page: StoredChange[]): void {
  pages.set(pageNumber, page)
  if (pages.size <= MOST_PAGES) return
  const [oldest] = pages.keys()
  if (oldest !== undefined) pages.delete(oldest)
}

/** Adds changes that were read in order; what a page holds already stays the same object. */
export function append(pages: Pages, changes: readonly StoredChange[]): void {
  for (const change of changes) {
    const pageNumber = pageNumberOf(change.position)
    const page = pages.get(pageNumber)
    const next = page && page.at(-1)!.position + 1
    if (next === change.position) page!.push(change)
    // A page read before its last changes were committed may have come in late: it is begun anew.
    else if (!next || next < change.position) keepPage(pages, pageNumber, [change])
  }
}
