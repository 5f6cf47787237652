import type { IncomingHttpHeaders, RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { startHttpTarget, type TestTarget } from '../../agent/testing/target.ts'

/** One request as it came over the wire. */
export type Received = { method: string; path: string; headers: IncomingHttpHeaders; body: string }

export type Answer = { status: number; headers?: Record<string, string>; body?: string }

export type Receiver = AsyncDisposable & {
  url: string
  received: Received[]
  /** What a request is answered where `next` says nothing. */
  usual: (request: Received) => Answer
  /** What the next requests are answered, one each; after them it is as usual. */
  next(...answers: (Answer | RequestListener)[]): void
}

/** A service on loopback that records what it is sent, and answers as `usual` says unless told otherwise. */
export async function startReceiver(usual: Receiver['usual']): Promise<Receiver> {
  const received: Received[] = []
  const queue: (Answer | RequestListener)[] = []
  const target: TestTarget = await startHttpTarget(async (request, response) => {
    const { method = '', url: path = '', headers } = request
    const arrived = { method, path, headers, body: await text(request) }
    received.push(arrived)
    const answer = queue.shift() ?? receiver.usual(arrived)
    if (typeof answer === 'function') return answer(request, response)
    response.writeHead(answer.status, answer.headers).end(answer.body)
  })
  const receiver: Receiver = {
    url: target.url,
    received,
    usual,
    next: (...answers) => void queue.push(...answers),
    [Symbol.asyncDispose]: () => target[Symbol.asyncDispose](),
  }
  return receiver
}
