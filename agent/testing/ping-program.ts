import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** Makes sure of a real ping program: this machine's own, or Debian's where the test may install it. */
export function requirePing(): void {
  if (canRun('ping', ['-c1', '127.0.0.1'])) return
  const isInstalled =
    canRun('apt-get', ['install', '-y', 'iputils-ping']) ||
    (canRun('apt-get', ['update']) && canRun('apt-get', ['install', '-y', 'iputils-ping']))
  if (!isInstalled) throw new Error('These tests need ping: apt-get install -y iputils-ping')
}

/** Until disposed of, a shell script stands before the machine's own ping program; null: there is none at all. */
export async function usePingProgram(script: string | null): Promise<AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'pharos-ping-'))
  const before = process.env['PATH'] ?? ''
  if (script !== null) {
    await writeFile(join(folder, 'ping'), `#!/bin/sh\n${script}\n`)
    await chmod(join(folder, 'ping'), 0o755)
  }
  process.env['PATH'] = script === null ? folder : folder + delimiter + before
  return {
    async [Symbol.asyncDispose]() {
      process.env['PATH'] = before
      await rm(folder, { recursive: true })
    },
  }
}

function canRun(program: string, args: string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 120_000 })
    return true
  } catch {
    return false
  }
}
