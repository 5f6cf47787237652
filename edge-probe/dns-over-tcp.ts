import { type Failure, failure } from '../core/failure.ts'
import { parseResolver } from '../core/target.ts'
import { concatenate } from './body.ts'
import { openConnection } from './connection.ts'
import { leave, piecesOf, write } from './conversation.ts'
import { MAX_MESSAGE_BYTES, type Question, readReply, writeQuery } from './dns-message.ts'
import { socketFailure } from './failure.ts'
import { type Outbound, peerOf } from './outbound.ts'
import type { Resolution } from './resolver.ts'
import type { Trace } from './trace.ts'

const LENGTH_BYTES = 2

/** Asks a resolver that a user chose, over TCP, which every one speaks (RFC 7766): a Worker sends no datagrams. */
export async function askChosen(
  outbound: Outbound,
  resolver: string,
  question: Question,
  trace: Trace,
): Promise<Resolution> {
  const server = parseResolver(resolver)
  if (!server.ok) return failure('BLOCKED_TARGET', `The resolver ${server.rule}`)
  const connection = await openConnection(outbound, server, { tls: false, verifyTls: true }, trace)
  if (!connection.ok) return connection
  const peer = peerOf(server)
  try {
    await write(connection.socket, framed(writeQuery(question)), trace.deadline)
    const answer = readReply(await readFrame(connection.socket, trace.deadline), question)
    return answer ? { ok: true, answer } : senseless(peer)
  } catch (error) {
    return trace.deadline.aborted ? late(peer) : socketFailure(error, peer)
  } finally {
    leave(connection.socket)
  }
}

/** RFC 1035 §4.2.2: over TCP a message is preceded by its length. */
function framed(message: Uint8Array): Uint8Array {
  return Uint8Array.of(message.length >> 8, message.length & 0xff, ...message)
}

/** Whatever the length says, no more is read than a message may have. */
async function readFrame(socket: Socket, deadline: AbortSignal): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array()
  for await (const piece of piecesOf(socket, deadline)) {
    bytes = concatenate([bytes, piece])
    if (bytes.length >= LENGTH_BYTES + Math.min(lengthOf(bytes), MAX_MESSAGE_BYTES)) break
  }
  return bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + lengthOf(bytes))
}

/** Of a piece too short to say: longer than that. */
function lengthOf([high, low]: Uint8Array): number {
  return high === undefined || low === undefined ? MAX_MESSAGE_BYTES : (high << 8) | low
}

function late(peer: string): Failure {
  return failure('TIMEOUT', `The DNS server ${peer} did not answer in time`)
}

function senseless(peer: string): Failure {
  return failure('INVALID_RESPONSE', `The DNS server ${peer} answered with something else`)
}
