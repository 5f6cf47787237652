import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { needProgram } from '../../test/debian.ts'

/** Makes sure of a real ping program: this machine's own, or Debian's where the test may install it. */
export function requirePing(): void {
  needProgram('ping', ['-c1', '127.0.0.1'], 'iputils-ping')
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
