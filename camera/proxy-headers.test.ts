import { expect, test } from 'vitest'
import { passedOn } from './proxy-headers.ts'

test.each([
  ['keeps order, spelling and repetition', ['A', '1', 'Set-Cookie', 'x', 'Set-Cookie', 'y'], null],
  ['keeps the credentials of the page to itself', ['Proxy-Authorization', 'Basic eA=='], []],
  [
    'drops what the connection names',
    ['Connection', 'close, X-Hop', 'x-hop', '1', 'B', '2'],
    ['B', '2'],
  ],
  ['drops framing that is set anew', ['Transfer-Encoding', 'chunked', 'TE', 'trailers'], []],
  ['takes no value for a name', ['X', 'connection', 'Upgrade', 'h2c'], ['X', 'connection']],
])('%s', (_, given, expected) => {
  expect(passedOn(given)).toEqual(expected ?? given)
})
