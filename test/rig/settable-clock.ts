import { execFile } from 'node:child_process'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { needProgram } from '../debian.ts'

const run = promisify(execFile)

/** The clock of a machine of its own. The database's and that of the tests are never wrong. */
export type SettableClock = AsyncDisposable & {
  /** What a program is started with that is to go by it. */
  variables: Record<string, string>
  /** How wrong it is from now on, for whoever goes by it already too. What counts since a start is not set. */
  beOffBy(ms: number): Promise<void>
}

/** Needs Debian's faketime, and says so in one line. */
export async function openSettableClock(): Promise<SettableClock> {
  needProgram('faketime', ['--version'], 'faketime')
  const folder = await mkdtemp(join(tmpdir(), 'pharos-clock-'))
  const [path, draft] = [join(folder, 'offset'), join(folder, 'draft')]
  const beOffBy = async (ms: number) => {
    // Renamed into place: nobody reads half of it.
    await writeFile(draft, `${ms < 0 ? '' : '+'}${ms / 1_000}\n`)
    await rename(draft, path)
  }
  await beOffBy(0)
  return {
    variables: {
      LD_PRELOAD: await libraryOfFaketime(),
      FAKETIME_TIMESTAMP_FILE: path,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    beOffBy,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

/** Only the program knows where its library is on this machine. */
async function libraryOfFaketime(): Promise<string> {
  const { stdout } = await run('faketime', ['-m', '-f', '+0', 'printenv', 'LD_PRELOAD'])
  return stdout.trim()
}
