import { readdir, readFile } from 'node:fs/promises'

/** What the processes of a group have for themselves, bytes; 0 where there is no /proc to tell. */
export async function memoryOfGroup(groupId: number): Promise<number> {
  const names = await readdir('/proc').catch(() => [])
  const shares = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((id) => memoryWithin(groupId, id)),
  )
  return shares.reduce((sum, bytes) => sum + bytes, 0)
}

async function memoryWithin(groupId: number, id: string): Promise<number> {
  try {
    if (groupOf(await readFile(`/proc/${id}/stat`, 'utf8')) !== groupId) return 0
    return ownMemory(await readFile(`/proc/${id}/status`, 'utf8'))
  } catch {
    // It has ended meanwhile.
    return 0
  }
}

/** The fifth field of proc_pid_stat(5); the second, in brackets, may hold anything. */
export function groupOf(stat: string): number {
  const [, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(group)
}

/** Anonymous and shared memory, bytes: what is mapped of files, such as the program itself, costs nobody anything. */
export function ownMemory(status: string): number {
  const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)]
  return kilobytes.reduce((sum, [, amount]) => sum + Number(amount) * 1024, 0)
}
