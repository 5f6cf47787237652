import { readFileSync } from 'node:fs'
import os from 'node:os'

/** Linux counts a process's CPU time in hundredths of a second. */
const TICKS_PER_SECOND = 100

/** The machine a table was made on, by cores and memory. */
export function machine(): string {
  const memoryGb = Math.round(os.totalmem() / 1e9)
  return `${os.availableParallelism()} cores, ${memoryGb} GB, Node ${process.versions.node}`
}

/** CPU seconds that PostgreSQL has used so far: the postmaster, its living children and those that ended. */
export function cpuSecondsOfTree(rootPid: number): number {
  const pids = [rootPid, ...childrenOf(rootPid)]
  return pids.map(cpuTicksOf).reduce((sum, ticks) => sum + ticks, 0) / TICKS_PER_SECOND
}

/** Resident memory of one process, MB. */
export function residentMb(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return list.split(/\s+/).filter(Boolean).map(Number)
}

/** Fields 14 to 17 of proc(5) stat: user and system, of the process and of the children it waited for. */
function cpuTicksOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [11, 12, 13, 14].map((index) => Number(fields[index])).reduce((a, b) => a + b, 0)
  } catch {
    return 0
  }
}
