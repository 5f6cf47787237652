import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'

const SERVE = 'serve'

export type BenchTarget = AsyncDisposable & { url: string; pid: number }

/** A server that answers at once, in a process of its own, so that its work is not counted as ours. */
export async function startTarget(): Promise<BenchTarget> {
  const child = fork(import.meta.filename, [SERVE])
  const [{ port }] = await once(child, 'message')
  return {
    url: `http://127.0.0.1:${port}/`,
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** One fresh connection, one request, the answer read to its end: the least that a check can cost. */
export function rawRequest(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: new http.Agent() }, (response) => {
      response.on('end', resolve).resume()
    })
    request.on('error', reject)
  })
}

if (process.argv[2] === SERVE) {
  const server = http.createServer((_request, response) => response.end('ok'))
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
  process.once('disconnect', () => process.exit())
}
