import { expect, test } from 'vitest'
import { createShelf } from './shelf.ts'

test('what has stood there the longest makes room, and no more than has to', () => {
  const dropped: string[] = []
  const shelf = createShelf(10)
  for (const text of ['aaaa', 'bbbb', 'cc', 'ddd', 'eeeeeeeeee']) {
    shelf.put({ length: text.length, drop: () => void dropped.push(text) })
    if (text === 'cc') expect(dropped).toEqual([])
    if (text === 'ddd') expect(dropped).toEqual(['aaaa'])
  }
  expect(dropped).toEqual(['aaaa', 'bbbb', 'cc', 'ddd'])
})

test('what is longer than the shelf does not stay', () => {
  const dropped: string[] = []
  createShelf(10).put({ length: 11, drop: () => void dropped.push('too long') })
  expect(dropped).toEqual(['too long'])
})
