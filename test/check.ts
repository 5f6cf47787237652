import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'

/** Everything that needs no database, all at once: what to run before each commit. */
const CHECKS = {
  format: ['oxfmt', '--check', '.'],
  lint: ['oxlint', '--format', 'unix'],
  types: ['tsc', '--project', '.'],
  'types of the edge': ['tsc', '--project', 'edge-probe'],
  unused: ['knip', '--no-progress'],
  tests: ['vitest', 'run', '--project', 'pure', '--reporter', 'dot'],
}

const BINARIES = new URL('../node_modules/.bin/', import.meta.url).pathname
const ROOT = new URL('..', import.meta.url).pathname

/** Silent about what is right; says everything about what is not. */
async function check(name: string, [command = '', ...args]: string[]): Promise<boolean> {
  const startedAt = performance.now()
  const child = spawn(BINARIES + command, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${BINARIES}:${process.env.PATH}`, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
  const mark = code === 0 ? styleText('green', '✓') : styleText('red', '✗')
  console.log(`${mark} ${name} ${styleText('dim', `${seconds} s`)}`)
  if (code !== 0) console.log(`${out}${errors}`)
  return code === 0
}

const results = await Promise.all(
  Object.entries(CHECKS).map(([name, command]) => check(name, command)),
)
process.exitCode = results.every(Boolean) ? 0 : 1
