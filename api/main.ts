import { createApp } from './app.ts'
import { greeting } from './greeting.ts'
import { readEnvironment } from './platform/environment.ts'
import { StartRefusal } from './platform/start-refusal.ts'

/** Past this the process ends whatever is still under way. */
const STOP_DEADLINE_MS = 25_000
/** A terminal and npm both pass on one Ctrl-C; only what comes later is a second one. */
const SAME_SIGNAL_MS = 500

async function main(): Promise<void> {
  loadEnvFile()
  const app = await createApp(readEnvironment(process.env))
  console.log(greeting(app))

  let stoppingSince: number | null = null
  const stop = async () => {
    if (stoppingSince !== null && performance.now() - stoppingSince > SAME_SIGNAL_MS)
      process.exit(1)
    if (stoppingSince !== null) return
    stoppingSince = performance.now()
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref()
    await app.close()
    process.exit(0)
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
}

function loadEnvFile(): void {
  try {
    process.loadEnvFile()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof StartRefusal ? error.message : error)
  process.exitCode = 1
}
