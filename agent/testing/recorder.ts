import type { IncomingMessage } from 'node:http'
import { createChecker } from '../check.ts'
import { policyOf, type RequestOptions, requestFor } from './request.ts'
import { startHttpTarget } from './target.ts'

/** The last request that reached a target, with its body. */
export type Received = { request: IncomingMessage; body: string }

/** What a target gets when it is checked so; `/redirect/307` sends the check on to `/end`. */
export async function receivedFor(path: string, options: RequestOptions): Promise<Received> {
  const received: Received[] = []
  await using target = await startHttpTarget(async (request, response) => {
    const body = (await request.toArray()).join('')
    received.push({ request, body })
    const status = /^\/redirect\/(\d+)$/.exec(request.url ?? '')?.[1]
    response.writeHead(Number(status ?? 200), status ? { location: '/end' } : {}).end()
  })
  const checker = createChecker({ policy: policyOf('127.0.0.1') })
  const finding = await checker.run(requestFor(target.url + path, options))
  const last = received.at(-1)
  if (!last) throw new Error(`Nothing arrived: ${finding.message}`)
  return last
}
