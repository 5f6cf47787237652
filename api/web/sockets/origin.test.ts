import { expect, test } from 'vitest'
import { judgeOrigin } from './origin.ts'

const environment = {
  publicUrl: 'https://pharos.example.com/',
  corsOrigins: ['https://status.example.com'],
}

test.each([
  ['https://pharos.example.com', 'OWN'],
  ['https://status.example.com', 'ALLOWED'],
  [undefined, 'NONE'],
  ['null', 'FOREIGN'],
  ['http://pharos.example.com', 'FOREIGN'],
  ['https://pharos.example.com:8443', 'FOREIGN'],
  ['https://pharos.example.com.evil.example', 'FOREIGN'],
])('%s is %s', (origin, expected) => {
  expect(judgeOrigin(origin, environment)).toBe(expected)
})
