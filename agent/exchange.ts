import http from 'node:http'
import type net from 'node:net'
import { type Failure, failure } from '../core/failure.ts'
import { bodyTooLarge, MAX_BODY_BYTES } from './decoding.ts'
import { socketFailure } from './failure.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

const MAX_HEADER_BYTES = 16 * 1024
/** 1xx answers before the real one; a server could send them without end. */
const MAX_INTERIM_ANSWERS = 10

/** `headers` alternate name and value, Host included; `peer` is host and port for sentences. */
export type Message = {
  method: string
  path: string
  headers: string[]
  body: string | null
  peer: string
}

/**
 * Status and headers have come; the body is still to be read, or to be left by destroying the socket.
 * `trouble` is what broke after the headers, perhaps in the very packet that brought them.
 */
export type Answer = {
  ok: true
  request: http.ClientRequest
  response: http.IncomingMessage
  peer: string
  trouble: Failure | null
}

/** Sends one request over a connection that is open, and waits for the headers of its answer. */
export async function sendRequest(
  socket: net.Socket,
  message: Message,
  trace: Trace,
): Promise<Answer | Failure> {
  const from = performance.now()
  const answer = await awaitAnswer(open(socket, message), message.peer, trace)
  endPhase(trace, 'processingMs', from)
  return answer
}

/** Reads at most 1 MB: a body that is kept must fit, one that is only measured is cut there. */
export async function readBody(
  answer: Answer,
  keep: boolean,
  trace: Trace,
): Promise<{ ok: true; bytes: Buffer } | Failure> {
  const from = performance.now()
  const chunks: Buffer[] = []
  const trouble = await awaitEnd(answer, keep ? chunks : null, trace)
  endPhase(trace, 'transferMs', from)
  return trouble ?? { ok: true, bytes: Buffer.concat(chunks) }
}

/** The first bytes of the body, and how it came is no matter: one that breaks off is kept as far as it got. */
export async function readStart(
  { response, trouble }: Answer,
  limits: { mostBytes: number; withinMs: number },
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let byteCount = 0
  const { promise: end, resolve: stop } = Promise.withResolvers<void>()
  const timer = setTimeout(stop, limits.withinMs)
  response.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    byteCount += chunk.length
    if (byteCount >= limits.mostBytes) stop()
  })
  response.on('error', () => stop()).on('close', stop)
  if (trouble) stop()
  await end
  clearTimeout(timer)
  return Buffer.concat(chunks).subarray(0, limits.mostBytes)
}

/** Without an agent: the connection was opened by the guarded module and serves this request only. */
function open(socket: net.Socket, message: Message): http.ClientRequest {
  const request = http.request({
    createConnection: () => socket,
    method: message.method,
    path: message.path,
    headers: message.headers,
    maxHeaderSize: MAX_HEADER_BYTES,
  })
  request.end(message.body)
  return request
}

function awaitAnswer(
  request: http.ClientRequest,
  peer: string,
  trace: Trace,
): Promise<Answer | Failure> {
  return new Promise((resolve) => {
    let answer: Answer | null = null
    const settle = (result: Answer | Failure) => {
      clearTimeout(timer)
      resolve(result)
    }
    const fail = (trouble: Failure) => {
      if (answer) answer.trouble ??= trouble
      else settle(trouble)
    }
    const late = () => settle(failure('TIMEOUT', `${peer} did not answer in time`))
    const timer = setTimeout(late, allowedMs(trace))
    request.on('response', (response) => {
      answer = { ok: true, request, response, peer, trouble: null }
      settle(answer)
    })
    request.on('error', (error) => fail(socketFailure(error, peer)))
    request.on('upgrade', () => fail(failure('INVALID_RESPONSE', `${peer} left HTTP`)))
    let interimAnswers = 0
    request.on('information', () => {
      if (++interimAnswers <= MAX_INTERIM_ANSWERS) return
      fail(failure('INVALID_RESPONSE', `${peer} sent ${interimAnswers} interim answers`))
    })
  })
}

function awaitEnd(
  { request, response, peer, trouble }: Answer,
  chunks: Buffer[] | null,
  trace: Trace,
): Promise<Failure | null> {
  return new Promise((resolve) => {
    const settle = (end: Failure | null) => {
      clearTimeout(timer)
      resolve(end)
    }
    const fail = (error: Error) => settle(socketFailure(error, peer))
    const late = () => settle(failure('TIMEOUT', `${peer} did not finish its answer in time`))
    const timer = setTimeout(late, allowedMs(trace))
    let byteCount = 0
    response.on('data', (chunk: Buffer) => {
      byteCount += chunk.length
      if (byteCount > MAX_BODY_BYTES) settle(chunks ? bodyTooLarge() : null)
      else chunks?.push(chunk)
    })
    // A cut connection shows on the response, a body that breaks HTTP on the request.
    response.on('error', fail).on('end', () => settle(null))
    request.on('error', fail)
    if (trouble) settle(trouble)
  })
}
