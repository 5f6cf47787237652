import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const root = new URL('..', import.meta.url).pathname

/** `isTest` also for what only tests use. */
export type SourceFile = { path: string; text: string; isTest: boolean; imports: Import[] }

/** `from` is a path from the root for a file of ours, else the package's name. */
export type Import = { from: string; isTypeOnly: boolean }

const FOLDERS = '{core,agent,camera,edge-probe,dashboard,api,prisma,demo,bench,test}'
const IMPORT =
  /(?:^|\n)(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/g

/** Every source file of the tree, with what it imports. */
export function readSources(): SourceFile[] {
  return globSync(`${FOLDERS}/**/*.{ts,tsx}`, { cwd: root }).toSorted().map(readSource)
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8')
  const imports = [...text.matchAll(IMPORT)].map(([, type, from, lazily]) => ({
    from: resolve(path, from ?? lazily ?? ''),
    isTypeOnly: type !== undefined,
  }))
  const isTest = /\.test\.tsx?$|^test\/|\/testing\//.test(path)
  return { path, text, isTest, imports }
}

function resolve(path: string, from: string): string {
  return from.startsWith('.') ? join(dirname(path), from) : from
}
