import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../source.ts'

test.each([
  ['.env.example', /^#([A-Z_]+)=/gm],
  ['README.md', /^\| `([A-Z_]+)` \|/gm],
])('%s names every variable that is read, and no other', (path, line) => {
  const shown = namesIn(path, line).toSorted()
  expect(shown).toEqual(namesIn('api/platform/environment.ts', /^ {4}([A-Z_]+): /gm).toSorted())
})

function namesIn(path: string, line: RegExp): string[] {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(line)].map(([, name = '']) => name)
}
