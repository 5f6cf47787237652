import type { Socket } from 'node:net'

export function timers(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

/** Runs `act` when the request has come. */
export function after(act: (socket: Socket) => void) {
  return (socket: Socket) => void socket.once('data', () => act(socket))
}

export function say(text: string, then: (socket: Socket) => void = () => {}) {
  return after((socket) => socket.write(text, () => then(socket)))
}

export function drip(start: string, drop: string) {
  return after((socket) => {
    socket.write(start)
    const timer = setInterval(() => socket.write(drop), 20)
    socket.on('close', () => clearInterval(timer))
  })
}

/** Writes as fast as the peer reads. */
export function flood(start: string, more: string) {
  return after((socket) => {
    const pour = () => {
      while (socket.writable && socket.write(more));
    }
    socket.write(start)
    socket.on('drain', pour)
    pour()
  })
}
