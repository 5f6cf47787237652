/** What work of this thread costs, in milliseconds: on a machine that others share, the clock tells of them too. */
export function cpuMsOf(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}
