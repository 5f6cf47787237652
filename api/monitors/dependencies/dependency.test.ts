import { describe, expect, it } from 'vitest'
import { findCycle, parseParents } from './dependency.ts'

/** `shop→router` says that the shop depends on the router. */
const depending = (...known: string[]) =>
  known.map((words) => {
    const [monitorId, parentId] = words.split('→') as [string, string]
    return { monitorId, parentId }
  })

describe('the shop would depend on itself', () => {
  it.each<[string, string[], string[], string | null]>([
    ['by nothing', ['router'], [], null],
    ['by itself', ['shop'], [], 'shop shop'],
    ['by what depends on it', ['router'], ['router→shop'], 'shop router shop'],
    ['by something far above', ['a'], ['a→b', 'b→c', 'c→shop'], 'shop a b c shop'],
    ['by the second of its parents', ['a', 'b'], ['b→shop'], 'shop b shop'],
    ['not by two ways to one', ['a', 'b'], ['a→c', 'b→c'], null],
    ['not by a circle that it is not in', ['a'], ['a→b', 'b→a'], null],
    ['by the one way that leads back', ['a'], ['a→b', 'a→c', 'b→d', 'c→shop'], 'shop a c shop'],
  ])('%s', (_, parents, known, way) => {
    expect(findCycle('shop', parents, depending(...known))?.join(' ') ?? null).toBe(way)
  })
})

it('names each parent once, and at most 20', () => {
  expect(parseParents(['a', 'b', 'a'])).toEqual(['a', 'b'])
  const many = Array.from({ length: 21 }, (_, i) => `monitor ${i}`)
  expect(() => parseParents(many)).toThrow()
  expect(parseParents(many.slice(1))).toHaveLength(20)
})
