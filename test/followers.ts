import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import type { Answer, TestServer } from './graphql-server.ts'
import { createQueue } from './queue.ts'
import { enter } from './sockets.ts'

export const transports = ['websocket', 'sse'] as const
export type Transport = (typeof transports)[number]

type Asked = { query: string; variables?: object; token: string | null }

/** Somebody who is subscribed. */
export type Follower = Disposable & {
  /** The next result. */
  hear(): Promise<Pick<Answer, 'data' | 'errors'>>
  /** Takes nothing from the network any more, until the returned function is called. */
  stall(): () => void
  /** How it ended: the code of a socket that was closed, else `complete` or `cut`. */
  ended: Promise<number | 'complete' | 'cut'>
}

/** Subscribes, and resolves once the server is there to be listened to; refusals are heard like results. */
export function follow(
  transport: Transport,
  server: Pick<TestServer, 'url'>,
  asked: Asked,
): Promise<Follower> {
  return transport === 'sse' ? followBySse(server, asked) : followBySocket(server, asked)
}

async function followBySocket({ url }: Pick<TestServer, 'url'>, asked: Asked): Promise<Follower> {
  const { query, variables, token } = asked
  const socket = await enter(url, token)
  const { promise: completed, resolve: complete } = Promise.withResolvers<'complete'>()
  const { put, take } = createQueue<Pick<Answer, 'data' | 'errors'>>()
  socket.say({ type: 'subscribe', id: 'one', payload: { query, variables } })
  void listen()

  async function listen(): Promise<void> {
    for (;;) {
      const { type, payload } = await socket.hear()
      if (type === 'complete') return complete('complete')
      const { data = null, errors = [] } = type === 'error' ? { errors: payload } : payload
      put({ data, errors })
    }
  }

  return {
    hear: take,
    stall() {
      socket.raw.pause()
      return () => socket.raw.resume()
    },
    ended: Promise.race([completed, socket.closed.then(({ code }) => code)]),
    [Symbol.dispose]: socket[Symbol.dispose],
  }
}

async function followBySse({ url }: Pick<TestServer, 'url'>, asked: Asked): Promise<Follower> {
  const { query, variables, token } = asked
  const asking = request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
  }).end(JSON.stringify({ query, variables }))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const { put, take } = createQueue<Pick<Answer, 'data' | 'errors'>>()
  let gate = Promise.resolve()

  async function listen(): Promise<'complete' | 'cut'> {
    let text = ''
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        await gate
        const events = (text + chunk).split('\n\n')
        text = events.pop() ?? ''
        for (const event of events) {
          if (event.startsWith('event: complete')) return 'complete'
          const [, result] = /^data: (.*)$/m.exec(event) ?? []
          if (result) put({ data: null, errors: [], ...(JSON.parse(result) as object) })
        }
      }
    } catch {}
    return 'cut'
  }

  return {
    hear: take,
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    ended: listen(),
    [Symbol.dispose]: () => asking.destroy(),
  }
}
