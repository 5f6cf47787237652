import { expect, test } from 'vitest'
import { createFollowed } from './followed.ts'

test('a thing is kept as long as somebody follows it, and watched as long as there is any', () => {
  const said: string[] = []
  const followed = createFollowed(
    (key) => ({ key }),
    () => {
      said.push('watched')
      return { stop: async () => void said.push('unwatched') }
    },
  )
  expect(followed.get('a')).toBeUndefined()
  const a = followed.join('a')
  expect(followed.join('a')).toBe(a)
  followed.join('b')
  expect(followed.keys()).toEqual(['a', 'b'])

  followed.leave('a')
  expect(followed.get('a')).toBe(a)
  followed.leave('a')
  expect(followed.keys()).toEqual(['b'])
  expect(said).toEqual(['watched'])
  followed.leave('b')
  expect(said).toEqual(['watched', 'unwatched'])

  expect(followed.join('a')).not.toBe(a)
  expect(said).toEqual(['watched', 'unwatched', 'watched'])
})
