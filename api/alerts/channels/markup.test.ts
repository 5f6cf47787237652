import { expect, test } from 'vitest'
import { aroundAddresses } from './markup.ts'

const marked = (text: string) =>
  aroundAddresses(
    text,
    (words) => words.toUpperCase(),
    (address) => `{${address}}`,
  )

test.each([
  ['is found in a sentence', 'see https://a.example/b_c.', 'SEE {https://a.example/b_c}.'],
  ['is found in brackets', '(https://a.example/b)', '({https://a.example/b})'],
  ['is found twice', 'http://a http://b', '{http://a} {http://b}'],
  ['keeps what belongs to it', 'https://a/@b/#c_d?e[]=1&f=$g', '{https://a/@b/#c_d?e[]=1&f=$g}'],
  ['ends where a link could begin', 'https://a/[b](https://c)', '{https://a/[b}]({https://c})'],
  ['ends where markup could begin', 'https://a/**b**', '{https://a/}**B**'],
  ['ends where a spoiler could', 'https://a/||b||', '{https://a/}||B||'],
  ['ends where a mention could', 'https://a/<@1>', '{https://a/}<@1>'],
  ['ends where code could', 'https://a/`b`', '{https://a/}`B`'],
  ['is none behind a sign of a name', '@https://a', '@HTTPS://A'],
  ['is none without anything in it', 'https://...', 'HTTPS://...'],
  ['is none of another scheme', 'javascript://a', 'JAVASCRIPT://A'],
])('an address %s: %s', (_, text, expected) => {
  expect(marked(text)).toBe(expected)
})
