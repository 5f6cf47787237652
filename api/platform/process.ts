import { errorCode } from './error-code.ts'
import { StartRefusal } from './start-refusal.ts'

/** Past this the process ends whatever is still under way. */
const STOP_DEADLINE_MS = 25_000
/** A terminal and npm both pass on one Ctrl-C; only what comes later is a second one. */
const SAME_SIGNAL_MS = 500
const PARENT_POLL_MS = 1_000

/** Runs a program from its start on. Why it could not start is told without a stack, unless it is a bug. */
export async function runProgram(start: () => Promise<void>): Promise<void> {
  try {
    await start()
  } catch (error) {
    console.error(error instanceof StartRefusal ? error.message : error)
    process.exitCode = 1
  }
}

/** Takes the variables of `.env` in the working directory, where there is one; what is set already stays. */
export function loadEnvFile(): void {
  try {
    process.loadEnvFile()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Closes at the first SIGINT or SIGTERM, or with npm, and ends the process; a second Ctrl-C does not wait. */
export function closeOnSignal(close: () => Promise<void>): void {
  let stoppingSince: number | null = null
  const stop = async () => {
    if (stoppingSince !== null && performance.now() - stoppingSince > SAME_SIGNAL_MS)
      process.exit(1)
    if (stoppingSince !== null) return
    stoppingSince = performance.now()
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    await close()
    process.exit(0)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  if (process.env.npm_lifecycle_event) onceOrphaned(stop)
}

/** npm passes on every signal but the one that kills it. */
function onceOrphaned(stop: () => Promise<void>): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    void stop()
  }, PARENT_POLL_MS)
  watch.unref()
}

/** Whether there is such a process, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}
