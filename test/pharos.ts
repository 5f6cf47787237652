import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeScratch } from './scratch.ts'
import { root } from './source.ts'

const ADDRESS = /GraphiQL\s+(\S+)\/graphql/
/** The last line of the greeting, with or without an address before it. */
const READY = /Roles +\S+.*\n/

/** What `npm start` runs, `npm run demo` and `npm run edge`. */
export type Program = 'api/main.ts' | 'demo/main.ts' | 'demo/edge.ts'

/** The real program, with nothing of this machine's environment but its PATH. */
export type Pharos = {
  /** Its address, or null if it has none, or ended before it was ready. */
  url: string | null
  output(): string
  /** Sends a signal and resolves with the exit code, null if the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
  ended: Promise<number | null>
}

export function startPharos(
  variables: Record<string, string>,
  program: Program = 'api/main.ts',
): Promise<Pharos> {
  // Not the checkout: a developer's .env is no part of a test.
  return run([process.execPath, join(root, program)], tmpdir(), variables)
}

/** As the README tells it. What it gives is npm, until Pharos itself has ended too. */
export function startByNpm(variables: Record<string, string>): Promise<Pharos> {
  return run(['npm', 'start'], root, variables)
}

async function run(
  [command = '', ...args]: string[],
  cwd: string,
  variables: Record<string, string>,
): Promise<Pharos> {
  const own = { PATH: process.env.PATH, PORT: '0', REFERENCE_TARGETS: 'none', SCREENSHOTS: 'off' }
  const env = { ...own, ...variables }
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const { promise: url, resolve } = Promise.withResolvers<string | null>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk
      const [, address] = ADDRESS.exec(output) ?? []
      if (address) resolve(address)
      else if (READY.test(output)) resolve(null)
    })
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    resolve(null)
    return code ?? null
  })
  return {
    url: await url,
    output: () => output,
    ended,
    end(signal) {
      child.kill(signal)
      return ended
    },
  }
}

/** A DATA_DIR that is gone when the test is over. */
export async function openDataDir(): Promise<{ path: string } & AsyncDisposable> {
  const path = await makeScratch()
  return {
    path,
    async [Symbol.asyncDispose]() {
      // A PostgreSQL whose Pharos was killed may still be writing for a moment.
      await rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
    },
  }
}

/** The process of the embedded PostgreSQL; null when its folder says that none runs. */
export async function postmasterPid(dataDir: string): Promise<number | null> {
  const path = join(dataDir, 'postgres', 'postmaster.pid')
  const text = await readFile(path, 'utf8').catch(() => null)
  return text === null ? null : Number.parseInt(text, 10)
}
