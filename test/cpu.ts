const TRIES = 3

/**
 * What work of this thread costs at its cheapest, in milliseconds of CPU: on a machine that others share, the
 * clock tells of them too, and what is dear of itself is so each time.
 */
export function cpuMsOf(work: () => void): number {
  return Math.min(...Array.from({ length: TRIES }, () => costMs(work)))
}

function costMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
