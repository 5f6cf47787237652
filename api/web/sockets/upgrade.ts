import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { HOLDING_RETRY_SECONDS } from '../../graphql/limits.ts'
import type { RefusalCode } from '../../refusal.ts'
import type { Origin } from './origin.ts'

const statuses = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
}

type UpgradeRefusal = {
  status: keyof typeof statuses
  code: RefusalCode
  message: string
  retryAfterSeconds?: number
}

export const tooManyNewcomers: UpgradeRefusal = {
  status: 429,
  code: 'RATE_LIMITED',
  message: 'Too many sockets of this address have not said yet whose they are.',
  retryAfterSeconds: HOLDING_RETRY_SECONDS,
}

/** Null where a WebSocket may be had. */
export function judgeUpgrade(url: string, origin: Origin): UpgradeRefusal | null {
  const [path, query] = url.split('?', 2)
  if (path !== '/graphql') {
    return { status: 404, code: 'NOT_FOUND', message: 'There is no socket at this address.' }
  }
  if (origin === 'FOREIGN') {
    return { status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not connect.' }
  }
  // Addresses are logged on the way: a token in one would stand in all those logs.
  if (query !== undefined) {
    const message = 'Send credentials in connection_init: the address takes no query.'
    return { status: 400, code: 'BAD_USER_INPUT', message }
  }
  return null
}

export function refuseUpgrade(socket: Duplex, refusal: UpgradeRefusal): void {
  const { status, code, message, retryAfterSeconds } = refusal
  const error = { message, extensions: { code, retryAfterSeconds, requestId: randomUUID() } }
  const body = JSON.stringify({ errors: [error] })
  // Nobody else closes it: Node has given it up, and who was refused might keep their end open.
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${status} ${statuses[status]}`,
      'Connection: close',
      ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}
