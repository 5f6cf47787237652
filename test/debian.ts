import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** One after the other: apt refuses who comes while another installs. */
const TURN = join(tmpdir(), 'pharos-apt.lock')
const INSTALL = 'apt-get install -y "$0" || { apt-get update && apt-get install -y "$0"; }'

/** Has a program that the tests need, installed from Debian's packages where that is allowed; otherwise says in one line what to do. */
export function needProgram(program: string, arguments_: string[], debianPackage: string): void {
  if (canRun(program, arguments_)) return
  if (canRun('flock', [TURN, 'sh', '-c', INSTALL, debianPackage])) return
  throw new Error(`These tests need ${program}: apt-get install -y ${debianPackage}`)
}

function canRun(program: string, arguments_: string[]): boolean {
  return spawnSync(program, arguments_, { stdio: 'ignore' }).status === 0
}
