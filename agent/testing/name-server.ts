import dgram from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import dnsPacket from 'dns-packet'
import { pickPort } from '../../test/rig/ports.ts'
import { startTcpTarget } from './target.ts'

export type Transport = 'udp' | 'tcp'

/** What a name server says: a message's parts, raw bytes, or nothing. */
export type Said =
  | {
      answers?: dnsPacket.Answer[]
      code?: number
      isTruncated?: boolean
      id?: number
      about?: string
    }
  | Buffer
  | 'SILENCE'

type Say = (question: dnsPacket.Question, transport: Transport) => Said | Said[]

/** `talk` instead of what DNS would say over TCP. */
type Options = { talk?: (socket: Socket) => void }

/** A real name server over UDP and TCP, for all record types; `address` is for DNS clients. */
export async function startNameServer(say: Say, { talk }: Options = {}) {
  const port = await pickPort()
  const tcp = await startTcpTarget(talk ?? ((socket) => answerStream(socket, say)), { port })
  const udp = dgram.createSocket('udp4')
  let datagrams = 0
  udp.bind(port, '127.0.0.1')
  await once(udp, 'listening')
  udp.on('message', (query, peer) => {
    datagrams++
    for (const bytes of write(query, 'udp', say)) udp.send(bytes, peer.port, peer.address)
  })
  return {
    address: `127.0.0.1:${port}`,
    datagrams: () => datagrams,
    streams: tcp.accepted,
    quiet: tcp.quiet,
    async [Symbol.asyncDispose]() {
      udp.close()
      await once(udp, 'close')
      await tcp[Symbol.asyncDispose]()
    },
  }
}

function answerStream(socket: Socket, say: Say): void {
  socket.once('data', (framed: Buffer) => {
    const messages = write(framed.subarray(2), 'tcp', say)
    if (messages.length > 0) socket.end(Buffer.concat(messages.flatMap(framedParts)))
  })
}

function framedParts(message: Buffer): Buffer[] {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return [length, message]
}

function write(query: Buffer, transport: Transport, say: Say): Buffer[] {
  const { id = 0, questions = [] } = dnsPacket.decode(query)
  const [question] = questions
  if (!question) return []
  const said = say(question, transport)
  return (Array.isArray(said) ? said : [said]).flatMap((one) => encode(one, id, question))
}

function encode(said: Said, queryId: number, question: dnsPacket.Question): Buffer[] {
  if (said === 'SILENCE') return []
  if (Buffer.isBuffer(said)) return [said]
  const { answers = [], code = 0, isTruncated = false, about = question.name, id = queryId } = said
  const flags = code | (isTruncated ? dnsPacket.TRUNCATED_RESPONSE : 0)
  const questions = [{ ...question, name: about }]
  return [dnsPacket.encode({ type: 'response', id, flags, questions, answers })]
}
