import { expect, test } from 'vitest'
import { createPlaces } from './places.ts'

test('each holder has so many, and one more once another was left', () => {
  const places = createPlaces(2)
  const first = places.take('alice')
  expect(places.take('alice')).not.toBeNull()
  expect(places.take('alice')).toBeNull()
  expect(places.take('bob')).not.toBeNull()
  first?.leave()
  expect(places.take('alice')).not.toBeNull()
  expect(places.take('alice')).toBeNull()
})

test('one that is left twice is given back once', () => {
  const places = createPlaces(2)
  const first = places.take('alice')
  places.take('alice')
  first?.leave()
  first?.leave()
  expect(places.take('alice')).not.toBeNull()
  expect(places.take('alice')).toBeNull()
})

test('one that moves is the new holder’s, and is left by them', () => {
  const places = createPlaces(1)
  const place = places.take('alice')
  expect(place?.moveTo('bob')).toBe(true)
  expect(places.take('bob')).toBeNull()
  expect(places.take('alice')).not.toBeNull()
  place?.leave()
  expect(places.take('bob')).not.toBeNull()
})

test('one that finds no room stays where it is', () => {
  const places = createPlaces(1)
  const place = places.take('alice')
  places.take('bob')
  expect(place?.moveTo('bob')).toBe(false)
  expect(places.take('alice')).toBeNull()
  place?.leave()
  expect(places.take('alice')).not.toBeNull()
})

test('one that was left goes nowhere', () => {
  const places = createPlaces(1)
  const place = places.take('alice')
  place?.leave()
  expect(place?.moveTo('bob')).toBe(false)
  expect(places.take('bob')).not.toBeNull()
})
