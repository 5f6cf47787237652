import type { CheckRequest } from '../core/check.ts'
import { dnsProblem, shownRecords } from '../core/dns-answer.ts'
import { type Failure, failure, outcomeOf } from '../core/failure.ts'
import { invariant } from '../core/invariant.ts'
import { parseCidr } from '../core/ip.ts'
import { type EndpointTarget, parseDomainName, parseResolver } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { askServer, type Exchange } from './dns-exchange.ts'
import type { Question, Reply } from './dns-message.ts'
import { type Endpoint, type Outbound, plainHost } from './outbound.ts'
import { silence } from './resolver.ts'
import { allowedMs, type Trace } from './trace.ts'

/** Left to find out whether the machine's own resolver is gone, or only knows no answer. */
const SHARE_FOR_DOUBT = 0.2
/** As many as the C library asks. */
const MAX_OWN_SERVERS = 3
/** Any living resolver answers it from its cache. */
const ROOT: Question = { name: '.', type: 'NS' }

/** 1. Ask the chosen resolver, or the machine's own. 2. Judge the response code. 3. Judge the assertions. */
export async function checkDns(
  outbound: Outbound,
  request: CheckRequest<'DNS'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseDomainName(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const { recordType, resolver } = request.expectations
  const question = { name: target.name, type: recordType }
  const exchange =
    resolver === null
      ? await askOwn(outbound, question, trace)
      : await askChosen(outbound, parseResolver(resolver), question, trace)
  if (exchange.ok) return judge(request, exchange.reply, trace)
  trace.dnsOk = outcomeOf(exchange.errorKind) === 'DOWN' ? false : null
  return exchange
}

async function askChosen(
  outbound: Outbound,
  server: EndpointTarget,
  question: Question,
  trace: Trace,
): Promise<Exchange> {
  if (!server.ok) return failure('BLOCKED_TARGET', `The resolver ${server.rule}`)
  return askServer(outbound, server, question, trace)
}

/** One after the other until one answers. Which servers they are is nobody's business but the operator's. */
async function askOwn(outbound: Outbound, question: Question, trace: Trace): Promise<Exchange> {
  const servers = ownServers(outbound)
  for (const [index, server] of servers.entries()) {
    const limitMs = (allowedMs(trace) * (1 - SHARE_FOR_DOUBT)) / (servers.length - index)
    const exchange = await askServer(trusting(outbound, server), server, question, trace, limitMs)
    trace.remoteAddress = null
    if (exchange.ok) return exchange
  }
  const doubts = servers.map((server) =>
    askServer(trusting(outbound, server), server, ROOT, { ...trace }),
  )
  const isAlive = (await Promise.all(doubts)).some(({ ok }) => ok)
  return silence(question.name, isAlive)
}

function ownServers({ names }: Outbound): Endpoint[] {
  const parsed = names.servers().map(parseResolver)
  return parsed.filter((server) => server.ok).slice(0, MAX_OWN_SERVERS)
}

/** The operator chose the machine's own servers, wherever they are. */
function trusting(outbound: Outbound, server: Endpoint): Outbound {
  const address = parseCidr(plainHost(server.host))
  invariant(address, 'a parsed resolver has an IP address')
  return { ...outbound, policy: { allow: [address] } }
}

function judge(request: CheckRequest<'DNS'>, reply: Reply, trace: Trace): Failure | null {
  const { responseCode, records } = reply
  trace.latencyMs = performance.now() - trace.startedAt
  trace.details = { kind: 'DNS', responseCode, records: shownRecords(records) }
  const problem = dnsProblem(request, reply)
  trace.dnsOk = !problem
  if (problem) return failure('UNEXPECTED_RESPONSE', problem)
  return judgeFound(request.assertions, { records }, trace)
}
