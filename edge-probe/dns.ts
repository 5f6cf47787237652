import type { CheckRequest } from '../core/check.ts'
import { type DnsAnswer, dnsProblem, shownRecords } from '../core/dns-answer.ts'
import { type Failure, failure, outcomeOf } from '../core/failure.ts'
import { parseDomainName } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { askChosen } from './dns-over-tcp.ts'
import type { Outbound } from './outbound.ts'
import { resolve } from './resolver.ts'
import { allowedMs, endPhase, type Trace } from './trace.ts'

/** 1. Ask the chosen resolver, or the probe's own. 2. Judge the response code. 3. Judge the assertions. */
export async function checkDns(
  outbound: Outbound,
  request: CheckRequest<'DNS'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseDomainName(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const { recordType, resolver } = request.expectations
  const question = { name: target.name, type: recordType }
  const from = performance.now()
  const resolution =
    resolver === null
      ? await resolve(outbound, question, allowedMs(trace))
      : await askChosen(outbound, resolver, question, trace)
  endPhase(trace, 'resolveMs', from)
  if (resolution.ok) return judge(request, resolution.answer, trace)
  trace.dnsOk = outcomeOf(resolution.errorKind) === 'DOWN' ? false : null
  return resolution
}

function judge(request: CheckRequest<'DNS'>, answer: DnsAnswer, trace: Trace): Failure | null {
  const { responseCode, records } = answer
  trace.latencyMs = performance.now() - trace.startedAt
  trace.details = { kind: 'DNS', responseCode, records: shownRecords(records) }
  const problem = dnsProblem(request, answer)
  trace.dnsOk = !problem
  if (problem) return failure('UNEXPECTED_RESPONSE', problem)
  return judgeFound(request.assertions, { records }, trace)
}
