import dgram from 'node:dgram'
import { once } from 'node:events'
import { parseIp } from '../../core/ip.ts'

export type Question = { name: string; type: 'A' | 'AAAA' | 'NS' }

/** Addresses (none: the name exists without any), an error code, or silence. */
export type Reply = string[] | 'NXDOMAIN' | 'SERVFAIL' | 'REFUSED' | 'SILENCE'

const TYPES = new Map<number, Question['type']>([
  [1, 'A'],
  [28, 'AAAA'],
  [2, 'NS'],
])
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 }

/** A real name server over UDP whose answers the test decides; `address` is for DNS clients. */
export async function startDnsServer(reply: (question: Question) => Reply) {
  const socket = dgram.createSocket('udp4')
  const questions: Question[] = []
  socket.on('message', (query, peer) => {
    const { question, end } = readQuestion(query)
    questions.push(question)
    const answer = reply(question)
    if (answer === 'SILENCE') return
    socket.send(writeAnswer(query.subarray(0, end), answer), peer.port, peer.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    async [Symbol.asyncDispose]() {
      socket.close()
      await once(socket, 'close')
    },
  }
}

/** RFC 1035 §4.1.2: labels with their lengths, then type and class. */
function readQuestion(query: Buffer): { question: Question; end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  const type = TYPES.get(query.readUInt16BE(at + 1)) ?? 'A'
  return { question: { name: labels.join('.').toLowerCase(), type }, end: at + 5 }
}

/** RFC 1035 §4.1.1: the query with its flags, counts and records changed. */
function writeAnswer(query: Buffer, answer: Exclude<Reply, 'SILENCE'>): Buffer {
  const header = Buffer.from(query)
  const records = Array.isArray(answer) ? answer.map(writeRecord) : []
  const rcode = Array.isArray(answer) ? 0 : RCODES[answer]
  header.writeUInt16BE(0x8180 | rcode, 2)
  header.writeUInt16BE(records.length, 6)
  header.writeUInt32BE(0, 8)
  return Buffer.concat([header, ...records])
}

/** A pointer to the name in the question, type, class, time to live 0, and the address. */
function writeRecord(address: string): Buffer {
  const ip = parseIp(address)
  if (!ip) throw new Error(`${address} is not an IP address`)
  const [type, bytes] = ip.version === 4 ? [1, 4] : [28, 16]
  const value = Buffer.from(ip.value.toString(16).padStart(bytes * 2, '0'), 'hex')
  const head = Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, bytes])
  return Buffer.concat([head, value])
}
