import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../source.ts'

const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
const MAX_MAP_LINES = 120
const FOLDERS = 'core|agent|camera|edge-probe|dashboard|api|prisma|bench|demo|test|docs|\\.ci'
/** A path in backticks, in a code block or as the target of a link; `<…>` and `*` stand for something. */
const PATH = new RegExp(`(?<![\\w/.:-])(?:${FOLDERS})/[\\w./-]*[\\w/]`, 'g')
const LINK = /\]\((?!https?:|#|mailto:)([^)#]+)/g

test.each(DOCUMENTS)('every path that %s names exists', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const folder = join(root, document, '..')
  const gone = [
    ...[...text.matchAll(PATH)].map(([path]) => join(root, path)),
    ...[...text.matchAll(LINK)].map(([, path = '']) => join(folder, path)),
  ].filter((path) => !existsSync(path))
  expect([...new Set(gone)].map((path) => path.slice(root.length))).toEqual([])
})

test('the map stays one that a newcomer reads to its end', () => {
  const lines = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(MAX_MAP_LINES)
})
