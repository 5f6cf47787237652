/** For one connection only (RFC 9110 §7.6.1), or for the proxy itself. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What a proxy passes on of headers that alternate name and value. */
export function passedOn(rawHeaders: readonly string[]): string[] {
  const passed: string[] = []
  const named = namedByConnection(rawHeaders)
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (HOP_BY_HOP.has(name.toLowerCase()) || named.has(name.toLowerCase())) continue
    passed.push(name, rawHeaders[at + 1]!)
  }
  return passed
}

function namedByConnection(rawHeaders: readonly string[]): Set<string> {
  const at = rawHeaders.findIndex(
    (text, index) => index % 2 === 0 && text.toLowerCase() === 'connection',
  )
  const value = at === -1 ? '' : rawHeaders[at + 1]!
  return new Set(value.split(',').map((name) => name.trim().toLowerCase()))
}
