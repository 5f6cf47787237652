import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

/** Sends these bytes on a connection of their own; the status of the answer, null where there was none. */
export async function sendRaw(url: string, bytes: Uint8Array): Promise<number | null> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes)
  const answer = await text(socket).catch(() => '')
  const [, status] = /^HTTP\/1\.1 (\d{3}) /.exec(answer) ?? []
  return status === undefined ? null : Number(status)
}
