import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'

const REREAD_MS = 10_000
const HOSTS_FILE =
  process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts'

/** The addresses that the machine's own hosts file gives a name; none when it does not know it. */
export type Hosts = { find(name: string): string[] }

export function createHosts(file = HOSTS_FILE): Hosts {
  let names = new Map<string, string[]>()
  let staleAt = -Infinity
  return {
    find(name) {
      if (performance.now() >= staleAt) {
        names = parseHosts(readText(file))
        staleAt = performance.now() + REREAD_MS
      }
      return names.get(name) ?? []
    },
  }
}

/** RFC 6761 §6.3: localhost is this machine, whether or not the file says so. */
export function parseHosts(text: string): Map<string, string[]> {
  const names = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    const [address = '', ...aliases] = (line.split('#')[0] ?? '').trim().split(/\s+/)
    if (!isIP(address)) continue
    for (const alias of aliases) {
      const name = alias.toLowerCase()
      names.set(name, [...(names.get(name) ?? []), address])
    }
  }
  if (!names.has('localhost')) names.set('localhost', ['127.0.0.1', '::1'])
  return names
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
