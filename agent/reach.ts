import type { Socket } from 'node:net'
import { type Failure, failure } from '../core/failure.ts'
import { socketFailure } from './failure.ts'

/** `peer` is host and port for sentences, `late` the sentence when time is over. */
export type Wait = { withinMs: number; late: string; peer: string }

/** Null once `event` came; otherwise the socket is destroyed and the failure says why. */
export function reach(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  { withinMs, late, peer }: Wait,
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const settle = (trouble: Failure | null) => {
      clearTimeout(timer)
      socket.off('error', fail)
      // Between two phases nobody else listens, and an unheard error would end the process.
      socket.on('error', ignore)
      if (trouble) socket.destroy()
      resolve(trouble)
    }
    const fail = (error: Error) => settle(socketFailure(error, peer, event === 'secureConnect'))
    const timer = setTimeout(() => settle(failure('TIMEOUT', late)), withinMs)
    socket.on('error', fail).once(event, () => settle(null))
  })
}

function ignore(): void {}
