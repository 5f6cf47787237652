import { spawnSync } from 'node:child_process'

/** Has a program that the tests need, installed from Debian's packages where that is allowed; otherwise says in one line what to do. */
export function needProgram(program: string, arguments_: string[], debianPackage: string): void {
  if (canRun(program, arguments_)) return
  const install = () => canRun('apt-get', ['install', '-y', debianPackage])
  if (install() || (canRun('apt-get', ['update']) && install())) return
  throw new Error(`These tests need ${program}: apt-get install -y ${debianPackage}`)
}

function canRun(program: string, arguments_: string[]): boolean {
  return spawnSync(program, arguments_, { stdio: 'ignore' }).status === 0
}
