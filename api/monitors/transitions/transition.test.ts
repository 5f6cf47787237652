import { expect, it } from 'vitest'
import { formatPlace, parsePlace } from './transition.ts'

const id = '01a1f85b-aae1-7268-9f03-b61ad598f5f0'

it('has a place that leads back', () => {
  const place = { at: 1_795_168_119_721, decidedAt: 1_795_168_127_390, id }
  expect(parsePlace(formatPlace(place))).toEqual(place)
})

it.each([
  ['', 'nothing'],
  [`1/2/${id}/3`, 'too much'],
  [`1/${id}`, 'too little'],
  [`-1/2/${id}`, 'an instant that is none'],
  [`1/${'9'.repeat(15)}/${id}`, 'an instant past all calendars'],
  ['1/2/monitor', 'an id that is none'],
])('%j is no place: %s', (text) => {
  expect(parsePlace(text)).toBeNull()
})
