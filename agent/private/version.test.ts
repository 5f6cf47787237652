import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../../test/source.ts'
import { AGENT_VERSION } from './version.ts'

test('the agent tells the version that is released', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as object
  expect(manifest).toMatchObject({ version: AGENT_VERSION })
})
