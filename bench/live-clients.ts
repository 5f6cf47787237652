import { once } from 'node:events'
import { WebSocket } from 'ws'
import { invariant } from '../core/invariant.ts'

/** Connect so many and, where there is something to say, get in and subscribe; or let all of them go. */
export type Wish = (Who & { count: number }) | 'leave'

type Who = { url: string; token: string | null; query: string }

/** Told once all are there, then for each event once all have heard it: when each did. */
export type Heard = 'here' | Float64Array

const AT_ONCE = 100

let sockets: WebSocket[] = []
let arrivals = new Float64Array()
let arrived = 0

/** A clock that all processes of a machine share. */
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6

process.on('message', async (wish: Wish) => {
  if (wish === 'leave') return leave()
  arrivals = new Float64Array(wish.count)
  for (let i = 0; i < wish.count; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, wish.count - i) }, () => connect(wish))
    sockets.push(...(await Promise.all(some)))
  }
  process.send?.('here' satisfies Heard)
})

export async function connect({ url, token, query }: Who): Promise<WebSocket> {
  const socket = new WebSocket(url, ['graphql-transport-ws'], { perMessageDeflate: false })
  await once(socket, 'open')
  if (token !== null) {
    const payload = { authorization: `Bearer ${token}` }
    socket.send(JSON.stringify({ type: 'connection_init', payload }))
    const [ack] = (await once(socket, 'message')) as [Buffer]
    invariant(ack.toString().includes('connection_ack'), `let in: ${ack.toString()}`)
    socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }))
  }
  socket.on('message', hear)
  return socket
}

function hear(): void {
  arrivals[arrived++] = nowMs()
  if (arrived < arrivals.length) return
  arrived = 0
  process.send?.(arrivals satisfies Heard)
}

async function leave(): Promise<void> {
  const gone = sockets.map((socket) => once(socket, 'close'))
  for (const socket of sockets) socket.terminate()
  await Promise.all(gone)
  sockets = []
  process.send?.('here' satisfies Heard)
}
