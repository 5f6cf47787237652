import dgram from 'node:dgram'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import dnsPacket from 'dns-packet'
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

type Say = (question: dnsPacket.Question, transport: Transport) => Said

/** A real name server over UDP and TCP, for all record types; `address` is for DNS clients. */
export async function startNameServer(say: Say, host = '127.0.0.1') {
  // Of the two the TCP port is the rarer one to be free.
  const tcp = await startTcpTarget((socket) => answerStream(socket, say), { host })
  const { port } = tcp
  const udp = dgram.createSocket('udp4')
  let datagrams = 0
  udp.bind(port, host)
  await once(udp, 'listening')
  udp.on('message', (query, peer) => {
    datagrams++
    const bytes = write(query, 'udp', say)
    if (bytes) udp.send(bytes, peer.port, peer.address)
  })
  return {
    address: `${host}:${port}`,
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
    const bytes = write(framed.subarray(2), 'tcp', say)
    if (!bytes) return
    const length = Buffer.alloc(2)
    length.writeUInt16BE(bytes.length)
    socket.end(Buffer.concat([length, bytes]))
  })
}

function write(query: Buffer, transport: Transport, say: Say): Buffer | null {
  const { id = 0, questions = [] } = dnsPacket.decode(query)
  const [question] = questions
  if (!question) return null
  const said = say(question, transport)
  if (said === 'SILENCE' || Buffer.isBuffer(said)) return said === 'SILENCE' ? null : said
  const { answers = [], code = 0, isTruncated = false, about = question.name } = said
  return dnsPacket.encode({
    type: 'response',
    id: said.id ?? id,
    flags: code | (isTruncated ? dnsPacket.TRUNCATED_RESPONSE : 0),
    questions: [{ ...question, name: about }],
    answers,
  })
}
