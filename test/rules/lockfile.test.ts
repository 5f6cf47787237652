import { expect, test } from 'vitest'
import { missingPackages, readLock } from './lockfile.ts'

test('the lock names the packages of every platform (else: node test/rules/lockfile.ts)', () => {
  expect(Object.keys(missingPackages(readLock()))).toEqual([])
})
