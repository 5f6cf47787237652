import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as turn } from 'node:timers/promises'

/** How long it takes, but for the longest while in which this process stood still, and nobody could have ended it. */
export async function elapsedMsOf(work: () => Promise<unknown>): Promise<number> {
  const delays = monitorEventLoopDelay()
  delays.enable()
  const startedAt = performance.now()
  await work()
  const elapsedMs = performance.now() - startedAt
  await turn()
  delays.disable()
  return elapsedMs - delays.max / 1e6
}
