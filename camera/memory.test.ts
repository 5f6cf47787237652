import { expect, test } from 'vitest'
import { groupOf, ownMemory } from './memory.ts'

test('a group is read past a name that holds brackets and spaces', () => {
  expect(groupOf('4242 (a) 7 (b) S 1 4200 4200 0 -1')).toBe(4200)
})

test('what is mapped of files is not counted', () => {
  const status =
    'VmRSS:\t 300 kB\nRssAnon:\t     100 kB\nRssFile:\t 150 kB\nRssShmem:\t      50 kB\n'
  expect(ownMemory(status)).toBe(150 * 1024)
})

test('a process that is ending has none', () => {
  expect(ownMemory('Name:\tchrome\nState:\tZ (zombie)\n')).toBe(0)
})
