import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../source.ts'

test('.env.example names every variable that is read, and no other', () => {
  const read = readFileSync(join(root, 'api/platform/environment.ts'), 'utf8')
  const example = readFileSync(join(root, '.env.example'), 'utf8')
  const names = [...read.matchAll(/^ {4}([A-Z_]+): /gm)].map(([, name]) => name)
  const shown = [...example.matchAll(/^#([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(shown.toSorted()).toEqual(names.toSorted())
})
