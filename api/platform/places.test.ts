import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

type AtMost = { person: number; house: number; process: number }

const open = (atMost: Partial<AtMost>) =>
  createPlaces({ person: 10, house: 10, process: 10, ...atMost })

const alice = { person: 'alice', house: 'north' }
const bob = { person: 'bob', house: 'north' }
const charlie = { person: 'charlie', house: 'south' }

test('each holder has so many, and one more once another was left', () => {
  const places = open({ person: 2 })
  const first = places.take(alice)
  expect(places.take(alice)).not.toBeNull()
  expect(places.take(alice)).toBeNull()
  expect(places.take(bob)).not.toBeNull()
  first?.leave()
  expect(places.take(alice)).not.toBeNull()
  expect(places.take(alice)).toBeNull()
})

test('those who belong together have so many together, and others have theirs', () => {
  const places = open({ house: 2 })
  const first = places.take(alice)
  expect(places.take(bob)).not.toBeNull()
  expect(places.take(alice)).toBeNull()
  expect(places.take(charlie)).not.toBeNull()
  first?.leave()
  expect(places.take(bob)).not.toBeNull()
})

test('a process has so many, whoever takes them', () => {
  const places = open({ process: 2 })
  const first = places.take(alice)
  expect(places.take(charlie)).not.toBeNull()
  expect(places.take(bob)).toBeNull()
  expect(first?.moveTo(bob)).toBe(true)
  first?.leave()
  expect(places.take(charlie)).not.toBeNull()
})

test('what takes several gives back as many', () => {
  const places = open({ person: 4 })
  const large = places.take(alice, 4)
  expect(places.take(alice)).toBeNull()
  large?.leave()
  expect(places.take(alice)).not.toBeNull()
  expect(places.take(alice, 4)).toBeNull()
  expect(places.take(alice, 3)).not.toBeNull()
})

test('one that is left twice is given back once', () => {
  const places = open({ person: 2 })
  const first = places.take(alice)
  places.take(alice)
  first?.leave()
  first?.leave()
  expect(places.take(alice)).not.toBeNull()
  expect(places.take(alice)).toBeNull()
})

test('one that moves is the new holder’s, and is left by them', () => {
  const places = open({ person: 1 })
  const place = places.take(alice)
  expect(place?.moveTo(bob)).toBe(true)
  expect(places.take(bob)).toBeNull()
  expect(places.take(alice)).not.toBeNull()
  place?.leave()
  expect(places.take(bob)).not.toBeNull()
})

test('one that finds no room stays where it is', () => {
  const places = open({ person: 1 })
  const place = places.take(alice)
  places.take(bob)
  expect(place?.moveTo(bob)).toBe(false)
  expect(places.take(alice)).toBeNull()
  place?.leave()
  expect(places.take(alice)).not.toBeNull()
})

test('one that was left goes nowhere', () => {
  const places = open({ person: 1 })
  const place = places.take(alice)
  place?.leave()
  expect(place?.moveTo(bob)).toBe(false)
  expect(places.take(bob)).not.toBeNull()
})
