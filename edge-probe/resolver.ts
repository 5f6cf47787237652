import type { DnsAnswer } from '../core/dns-answer.ts'
import { type Failure, failure } from '../core/failure.ts'
import { readAtMost } from './body.ts'
import { withDeadline } from './deadline.ts'
import { MAX_MESSAGE_BYTES, type Question, readReply, writeQuery } from './dns-message.ts'
import { reasonOf } from './failure.ts'
import { fetchService, type Outbound } from './outbound.ts'

const MEDIA_TYPE = 'application/dns-message'

export type Resolution = { ok: true; answer: DnsAnswer } | Failure

/** Asks the probe's own resolver over HTTPS (RFC 8484). That it is silent tells nothing of the name. */
export async function resolve(
  outbound: Outbound,
  question: Question,
  withinMs: number,
): Promise<Resolution> {
  try {
    return await withDeadline(withinMs, (deadline) => ask(outbound, question, deadline))
  } catch (error) {
    return silence(question, reasonOf(error))
  }
}

async function ask(
  outbound: Outbound,
  question: Question,
  deadline: AbortSignal,
): Promise<Resolution> {
  const response = await fetchService(outbound, outbound.dohUrl, {
    method: 'POST',
    headers: { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE },
    body: writeQuery(question),
    signal: deadline,
  })
  const bytes = await readAtMost(response, MAX_MESSAGE_BYTES)
  const answer = response.ok && bytes ? readReply(bytes, question) : null
  return answer ? { ok: true, answer } : silence(question, `it answered ${response.status}`)
}

function silence({ name }: Question, reason: string): Failure {
  const message = `The probe's own DNS resolver did not answer when asked for ${name}: ${reason}`
  return failure('PROBE_FAILURE', message)
}
