import { correctOffset, type Exchange } from '../core/clock-offset.ts'
import { parseJson } from '../core/json.ts'
import type { SyncAnswer } from '../core/probe-protocol.ts'
import { isAnswerTo, signSync } from '../core/signed-sync.ts'
import { readSyncAnswer } from '../core/sync-answer.ts'
import { readAtMost } from './body.ts'
import { withDeadline } from './deadline.ts'
import type { Duty } from './duty.ts'
import { reasonOf } from './failure.ts'
import { fetchService, type Outbound } from './outbound.ts'

const DEADLINE_MS = 20_000
/** Assignments of some ten thousand monitors. */
const MAX_ANSWER_BYTES = 8_388_608
/** Whoever asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = 600_000
/** A clock that is further off may be why a signature was refused. */
const CLOCK_SLACK_MS = 60_000

/** What came of a sync; an answer that the server did not sign is none. */
export type SyncOutcome = { ok: true; answer: SyncAnswer; offsetMs: number } | SyncFailure

/** `signingOffsetMs` is what the server, unsigned, says of its clock: good for the next signature only. */
export type SyncFailure = {
  ok: false
  message: string
  retryAfterMs: number
  signingOffsetMs: number | null
}

/** Brings a sync to the server and its answer back. */
export async function askServer(
  duty: Duty,
  outbound: Outbound,
  body: string,
): Promise<SyncOutcome> {
  try {
    return await withDeadline(DEADLINE_MS, (deadline) => ask(duty, outbound, body, deadline))
  } catch (error) {
    return fail(`Pharos cannot be reached: ${reasonOf(error)}`)
  }
}

async function ask(
  { key, settings, held, line }: Duty,
  outbound: Outbound,
  body: string,
  deadline: AbortSignal,
): Promise<SyncOutcome> {
  const sentAt = Date.now()
  const nowMs = sentAt + (line.signingOffsetMs ?? held.offsetMs ?? 0)
  const headers = await signSync(key, body, nowMs)
  const init = { method: 'POST', headers, body, signal: deadline }
  const response = await fetchService(outbound, settings.syncUrl, init)
  const bytes = await readAtMost(response, MAX_ANSWER_BYTES)
  if (!bytes) return fail('The answer of Pharos is too long')
  const text = new TextDecoder().decode(bytes)
  const times = { sentAt, receivedAt: Date.now() }
  if (response.status !== 200) return refusal(response, text, times, nowMs)
  const reply = { headers: response.headers, body: text }
  const answer = (await isAnswerTo(headers, key, reply, nowMs)) ? readSyncAnswer(text) : null
  if (!answer) return fail('The answer is not signed with the secret of this probe')
  const offsetMs = correctOffset(held.offsetMs, { ...times, serverTime: answer.serverTime })
  return { ok: true, answer, offsetMs }
}

function refusal(
  { status, headers }: Response,
  text: string,
  times: Omit<Exchange, 'serverTime'>,
  nowMs: number,
): SyncFailure {
  const told = parseJson(text) as { error?: unknown; serverTime?: unknown } | null | undefined
  const { error, serverTime } = told ?? {}
  const isOff = typeof serverTime === 'number' && Math.abs(serverTime - nowMs) > CLOCK_SLACK_MS
  return {
    ...fail(`Pharos answered ${status}${typeof error === 'string' ? `: ${error}` : ''}`),
    retryAfterMs: retryAfterMs(headers),
    signingOffsetMs: status === 401 && isOff ? correctOffset(null, { ...times, serverTime }) : null,
  }
}

/** RFC 9110 §10.2.3; a date is not what our server sends. */
function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after') ?? 0)
  return seconds > 0 ? Math.min(seconds * 1_000, LONGEST_PAUSE_MS) : 0
}

function fail(message: string): SyncFailure {
  return { ok: false, message, retryAfterMs: 0, signingOffsetMs: null }
}
