import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../source.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('the TypeScript of docs/clients.md is that of the clients that are tested', () => {
  const tested = globSync('test/clients/*.ts', { cwd: root }).map(read)
  const shown = [...read('docs/clients.md').matchAll(/^```ts\n([^]*?)^```$/gm)]
  expect(shown.length).toBeGreaterThan(0)
  for (const [, code = ''] of shown)
    expect(
      tested.some((text) => text.includes(code)),
      code,
    ).toBe(true)
})
