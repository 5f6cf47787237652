import { expect, test } from 'vitest'
import type { StoredChange } from '../change.ts'
import {
  append,
  changeIn,
  createPages,
  MOST_PAGES,
  PAGE_SIZE,
  pageNumberOf,
  type Pages,
  spanOf,
} from './pages.ts'

test('a page holds as many positions as it is long, and each position has one', () => {
  const { from, to } = spanOf(3)
  expect(to - from + 1).toBe(PAGE_SIZE)
  expect([from - 1, from, to, to + 1].map(pageNumberOf)).toEqual([2, 3, 3, 4])
})

test('what is appended is found, across pages and from wherever it began', () => {
  const pages = createPages()('workspace')
  append(pages, changes(95, 130))
  for (const position of [95, 100, 101, 130])
    expect(find(pages, position)).toMatchObject({ position })
  for (const position of [94, 131]) expect(find(pages, position)).toBeUndefined()
})

test('what is appended twice stays the object that it was', () => {
  const pages = createPages()('workspace')
  append(pages, changes(1, 10))
  const tenth = find(pages, 10)
  append(pages, changes(5, 12))
  expect(find(pages, 10)).toBe(tenth)
  expect(find(pages, 12)).toMatchObject({ position: 12 })
})

test('a page read before its last changes were committed leaves no gap when they are followed by more', () => {
  const pages = createPages()('workspace')
  append(pages, changes(1, 12))
  pages.keep(0, changes(1, 9))
  append(pages, changes(13, 13))
  expect(find(pages, 13)).toMatchObject({ position: 13 })
  expect([9, 10, 12].map((position) => find(pages, position))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
})

test('a page of which all is gone is begun anew by what comes', () => {
  const pages = createPages()('workspace')
  pages.keep(0, [])
  append(pages, changes(7, 8))
  expect([6, 7, 8].map((position) => find(pages, position)?.position)).toEqual([undefined, 7, 8])
})

test('of all workspaces together the pages kept longest are forgotten', () => {
  const pagesOf = createPages()
  const [first, second] = [pagesOf('first'), pagesOf('second')]
  append(first, changes(1, 2 * PAGE_SIZE))
  append(second, changes(1, (MOST_PAGES - 1) * PAGE_SIZE))
  expect([1, PAGE_SIZE + 1].map((position) => find(first, position)?.position)).toEqual([
    undefined,
    PAGE_SIZE + 1,
  ])
  append(first, changes(2 * PAGE_SIZE + 1, 2 * PAGE_SIZE + 1))
  expect(find(first, PAGE_SIZE + 1)).toBeUndefined()
  expect(find(second, 1)).toBeDefined()
})

function find(pages: Pages, position: number): StoredChange | undefined {
  return changeIn(pages.get(pageNumberOf(position)), position)
}

function changes(from: number, to: number): StoredChange[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    workspaceId: 'workspace',
    position: from + index,
    at: 0,
    kind: 'MONITOR',
    action: 'UPDATED',
    nodeId: 'monitor',
    monitorId: 'monitor',
    hasNewStatus: false,
  }))
}
