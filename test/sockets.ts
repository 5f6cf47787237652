import { once } from 'node:events'
import { WebSocket } from 'ws'
import type { Answer, TestServer } from './graphql-server.ts'
import { createQueue } from './queue.ts'

/** A message of graphql-transport-ws, either way. */
// oxlint-disable-next-line typescript/no-explicit-any -- the payload is what the document asks for
export type Message = { type: string; id?: string; payload?: any }

export type Socket = Disposable & {
  raw: WebSocket
  say(message: Message | string): void
  /** The next message, whenever it comes. */
  hear(): Promise<Message>
  closed: Promise<{ code: number; reason: string }>
}

type Wishes = { headers?: Record<string, string>; protocols?: string[]; path?: string }

/** What a client has once the server has taken its upgrade. */
export async function openSocket(url: string, wishes: Wishes = {}): Promise<Socket> {
  const { headers, protocols = ['graphql-transport-ws'], path = '/graphql' } = wishes
  const raw = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, { headers })
  const { put, take } = createQueue<Message>()
  raw.on('message', (text: Buffer) => put(JSON.parse(text.toString()) as Message))
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    raw.once('close', (code, reason) => resolve({ code, reason: String(reason) }))
  })
  await once(raw, 'open')
  raw.on('error', () => {})
  return {
    raw,
    say: (message) => raw.send(typeof message === 'string' ? message : JSON.stringify(message)),
    hear: take,
    closed,
    [Symbol.dispose]: () => raw.terminate(),
  }
}

/** Upgraded and let in. */
export async function enter(
  url: string,
  token: string | null = null,
  wishes: Wishes = {},
): Promise<Socket> {
  const socket = await openSocket(url, wishes)
  const payload = token === null ? {} : { authorization: `Bearer ${token}` }
  socket.say({ type: 'connection_init', payload })
  const told = await Promise.race([socket.hear(), socket.closed])
  if ('code' in told) throw new Error(`Not let in, but closed: ${told.code} ${told.reason}`)
  if (told.type !== 'connection_ack') throw new Error(`Not let in, but told ${told.type}`)
  return socket
}

/** The status with which an upgrade is refused, and when to come back. */
export async function refusalOf(url: string, wishes: Wishes = {}): Promise<UpgradeRefusal> {
  const { headers, path = '/graphql' } = wishes
  const raw = new WebSocket(`${url.replace('http', 'ws')}${path}`, ['graphql-transport-ws'], {
    headers,
  })
  const [, response] = await once(raw, 'unexpected-response')
  raw.on('error', () => {})
  raw.terminate()
  return { status: response.statusCode, retryAfter: response.headers['retry-after'] }
}

type UpgradeRefusal = { status: number; retryAfter?: string }

/**
 * One operation over a socket of its own, answered as over HTTP. `body` is JSON, or what claims to be. A
 * socket that is closed instead is an error with its code as message.
 */
export async function askBySocket(
  { url }: Pick<TestServer, 'url'>,
  body: string,
): Promise<Pick<Answer, 'data' | 'errors'>> {
  using socket = await enter(url)
  socket.say(`{"type":"subscribe","id":"one","payload":${body}}`)
  const answer = await Promise.race([socket.hear(), socket.closed])
  if ('code' in answer) {
    const extensions = { code: answer.reason, requestId: '' }
    return { data: null, errors: [{ message: String(answer.code), extensions }] }
  }
  const { type, payload } = answer
  const { data = null, errors = [] } = type === 'error' ? { errors: payload } : payload
  return { data, errors }
}
