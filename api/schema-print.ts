import { readFile, writeFile } from 'node:fs/promises'
import { printSchema } from 'graphql'
import { schema } from './schema.ts'

/** `npm run schema` writes schema.graphql; with `--check` it only compares, and fails on drift. */
const FILE = new URL('../schema.graphql', import.meta.url)

const printed = `${printSchema(schema)}\n`
if (!process.argv.includes('--check')) {
  await writeFile(FILE, printed)
} else if ((await readFile(FILE, 'utf8')) !== printed) {
  console.error('schema.graphql is not what the code says. Run: npm run schema')
  process.exitCode = 1
}
