import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../test/source.ts'
import { EDGE_VERSION } from './version.ts'

test('the edge probe tells the version that is released', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object
  expect(manifest).toMatchObject({ version: EDGE_VERSION })
})
