/** `name:nth`, e.g. `after-claim:3`: the process kills itself when it passes there the third time. */
const crashAt = process.env.CRASH_AT

const [crashName, crashNth = '1'] = crashAt?.split(':') ?? []
let passesLeft = Number(crashNth)

export type FailpointName =
  | 'after-claim'
  | 'after-probe'
  | 'in-decision-transaction'
  | 'after-decision-commit'
  | 'after-alert-claim'
  | 'mid-send'
  | 'after-send-accepted'
  | 'at-start'
  | 'during-migration'

/** A named place where the tests may end the process as a power cut would. Inert without CRASH_AT. */
export function failpoint(name: FailpointName): void {
  if (name !== crashName) return
  passesLeft -= 1
  if (passesLeft === 0) process.kill(process.pid, 'SIGKILL')
}
