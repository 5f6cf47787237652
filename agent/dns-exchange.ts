import type dgram from 'node:dgram'
import { type Failure, failure } from '../core/failure.ts'
import {
  MAX_MESSAGE_BYTES,
  type Query,
  type Question,
  readReply,
  type Reply,
  writeQuery,
} from './dns-message.ts'
import { socketFailure } from './failure.ts'
import { type Endpoint, openConnection, openDatagrams, type Outbound, peerOf } from './outbound.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

/** Datagrams get lost. */
const REPEAT_MS = 1_000
/** What is not the answer is passed over, but not without end. */
const MAX_STRAY_DATAGRAMS = 100
const LENGTH_BYTES = 2

export type Exchange = { ok: true; reply: Reply } | Failure

/**
 * Asks one server over UDP, for `limitMs` at most, and again over TCP when its answer does not fit into
 * a datagram (RFC 7766).
 */
export async function askServer(
  outbound: Outbound,
  server: Endpoint,
  question: Question,
  trace: Trace,
  limitMs = Infinity,
): Promise<Exchange> {
  const query = writeQuery(question)
  const exchange = await askOverUdp(outbound, server, query, trace, limitMs)
  if (!exchange.ok || !exchange.reply.isTruncated) return exchange
  return askOverTcp(outbound, server, query, trace)
}

async function askOverUdp(
  outbound: Outbound,
  server: Endpoint,
  query: Query,
  trace: Trace,
  limitMs: number,
): Promise<Exchange> {
  const connection = await openDatagrams(outbound, server, trace)
  if (!connection.ok) return connection
  const from = performance.now()
  try {
    return await awaitDatagram(connection.socket, query, peerOf(server), allowedMs(trace, limitMs))
  } finally {
    endPhase(trace, 'resolveMs', from)
    connection.socket.close()
  }
}

function awaitDatagram(
  socket: dgram.Socket,
  query: Query,
  peer: string,
  withinMs: number,
): Promise<Exchange> {
  return new Promise((resolve) => {
    let strayCount = 0
    const send = () => socket.send(query.bytes)
    const settle = (exchange: Exchange) => {
      clearInterval(repeat)
      clearTimeout(end)
      resolve(exchange)
    }
    const repeat = setInterval(send, REPEAT_MS)
    const end = setTimeout(() => settle(strayCount > 0 ? senseless(peer) : late(peer)), withinMs)
    socket.on('error', (error) => settle(socketFailure(error, peer)))
    socket.on('message', (bytes) => {
      const reply = readReply(bytes, query)
      if (reply) settle({ ok: true, reply })
      else if (++strayCount > MAX_STRAY_DATAGRAMS) settle(senseless(peer))
    })
    send()
  })
}

async function askOverTcp(
  outbound: Outbound,
  server: Endpoint,
  query: Query,
  trace: Trace,
): Promise<Exchange> {
  const peer = peerOf(server)
  const connection = await openConnection(outbound, server, trace)
  if (!connection.ok) return connection
  const { socket } = connection
  const from = performance.now()
  let isLate = false
  const end = () => {
    isLate = true
    socket.destroy()
  }
  const timer = setTimeout(end, allowedMs(trace))
  try {
    socket.write(framed(query.bytes))
    const reply = readReply(await readFrame(socket), query)
    return reply ? { ok: true, reply } : senseless(peer)
  } catch (error) {
    return isLate ? late(peer) : socketFailure(socket.errored ?? (error as Error), peer)
  } finally {
    endPhase(trace, 'resolveMs', from)
    clearTimeout(timer)
    socket.destroy()
  }
}

/** RFC 1035 §4.2.2: over TCP a message is preceded by its length. */
function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

/** Whatever the length says, no more is read than a message may have. */
async function readFrame(socket: AsyncIterable<Buffer>): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    bytes = Buffer.concat([bytes, chunk])
    const length = bytes.length < LENGTH_BYTES ? MAX_MESSAGE_BYTES : bytes.readUInt16BE()
    if (bytes.length >= LENGTH_BYTES + Math.min(length, MAX_MESSAGE_BYTES)) break
  }
  return bytes.subarray(LENGTH_BYTES)
}

function late(peer: string): Failure {
  return failure('TIMEOUT', `The DNS server ${peer} did not answer in time`)
}

function senseless(peer: string): Failure {
  return failure('INVALID_RESPONSE', `The DNS server ${peer} answered with something else`)
}
