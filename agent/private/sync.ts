import type { Exchange } from '../../core/clock-offset.ts'
import { parseJson } from '../../core/json.ts'
import type { SyncAnswer, SyncRequest } from '../../core/probe-protocol.ts'
import { isAnswerTo, signSync, type SyncHeaders } from '../../core/signed-sync.ts'
import { readSyncAnswer } from '../../core/sync-answer.ts'
import type { ServerClock } from './clock.ts'
import type { Settings } from './settings.ts'

const DEADLINE_MS = 30_000
/** Assignments of some fifty thousand monitors. */
const MAX_ANSWER_BYTES = 33_554_432
/** Whoever asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = 600_000
/** A clock that is further off may be why a signature was refused. */
const CLOCK_SLACK_MS = 60_000

export type SyncKey = Pick<Settings, 'syncUrl' | 'probeId' | 'secret'>

/** UNTRUSTED: the answer is not signed by who knows the secret, and is not obeyed. */
export type SyncFailure = {
  ok: false
  why: 'UNREACHABLE' | 'KEY_REFUSED' | 'BUSY' | 'REFUSED' | 'UNTRUSTED'
  message: string
  /** How long the server wants to be left alone. */
  retryAfterMs: number | null
}

export type SyncOutcome = { ok: true; answer: SyncAnswer } | SyncFailure

/** Tells the server, and hears from it. If our clock is so far off that no signature can be right, by its own once more. */
export async function sync(
  key: SyncKey,
  clock: ServerClock,
  request: SyncRequest,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const reply = await ask(key, clock, request, signal)
  if (!reply.ok || !setClockBy(reply, clock)) return read(key, clock, request, reply)
  return read(key, clock, request, await ask(key, clock, request, signal))
}

type Reply = {
  ok: true
  question: SyncHeaders
  sent: Omit<Exchange, 'serverTime'>
  status: number
  headers: Headers
  body: string
}

async function ask(
  key: SyncKey,
  clock: ServerClock,
  request: SyncRequest,
  signal: AbortSignal,
): Promise<Reply | SyncFailure> {
  const body = JSON.stringify(request)
  const question = await signSync(key, body, clock.now())
  const sentAt = clock.own()
  try {
    const response = await fetch(key.syncUrl, {
      method: 'POST',
      headers: { ...question, 'accept-encoding': 'identity' },
      body,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]),
    })
    const text = await readBody(response)
    const sent = { sentAt, receivedAt: clock.own() }
    const { status, headers } = response
    return { ok: true, question, sent, status, headers, body: text }
  } catch (error) {
    return fail('UNREACHABLE', `Pharos cannot be reached: ${reasonOf(error)}`)
  }
}

/** Unsigned, it is believed for the date of the next signature only: the answer to that one sets it right. */
function setClockBy({ status, body, sent }: Reply, clock: ServerClock): boolean {
  if (status !== 401) return false
  const told = parseJson(body) as { serverTime?: unknown } | null | undefined
  const serverTime = told?.serverTime
  if (typeof serverTime !== 'number' || !Number.isFinite(serverTime)) return false
  if (Math.abs(serverTime - clock.now()) < CLOCK_SLACK_MS) return false
  clock.learn({ ...sent, serverTime })
  return true
}

async function read(
  key: SyncKey,
  clock: ServerClock,
  request: SyncRequest,
  reply: Reply | SyncFailure,
): Promise<SyncOutcome> {
  if (!reply.ok) return reply
  if (reply.status !== 200) return refusal(reply)
  if (!(await isAnswerTo(reply.question, key, reply, clock.now())))
    return fail('UNTRUSTED', 'The answer is not signed with the secret of this probe')
  const answer = readSyncAnswer(reply.body)
  if (!answer || answer.receipts.length !== request.results.length)
    return fail('UNTRUSTED', 'The answer is none to a sync')
  clock.learn({ ...reply.sent, serverTime: answer.serverTime })
  return { ok: true, answer }
}

function refusal({ status, headers, body }: Reply): SyncFailure {
  if (status === 401) return fail('KEY_REFUSED', UNKNOWN_KEY)
  const told = parseJson(body) as { error?: unknown } | null | undefined
  const why = status === 429 || status >= 500 ? 'BUSY' : 'REFUSED'
  const message = `Pharos answered ${status}${typeof told?.error === 'string' ? `: ${told.error}` : ''}`
  return { ...fail(why, message), retryAfterMs: retryAfterMs(headers) }
}

const UNKNOWN_KEY =
  'Pharos does not know this key: PROBE_ID or PROBE_SECRET is wrong, or the probe was revoked'

/** RFC 9110 §10.2.3; a date is not what our server sends. */
function retryAfterMs(headers: Headers): number | null {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  return seconds >= 0 ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : null
}

async function readBody({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size).toString()
}

function fail(why: SyncFailure['why'], message: string): SyncFailure {
  return { ok: false, why, message, retryAfterMs: null }
}

/** fetch hides what the socket said. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? (error as Error).message
}
