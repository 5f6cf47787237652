import type { CheckRequest } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseEndpoint } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { openConnection } from './connection.ts'
import { converse } from './conversation.ts'
import { type Outbound, peerOf } from './outbound.ts'
import type { Trace } from './trace.ts'

/** 1. Connect, with TLS if asked. 2. Send and wait for the answer. 3. Judge the assertions. */
export async function checkTcp(
  outbound: Outbound,
  request: CheckRequest<'TCP'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseEndpoint(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const connection = await openConnection(outbound, target, request.expectations, trace)
  if (!connection.ok) return connection
  const trouble = await converse(connection.socket, request.expectations, peerOf(target), trace)
  if (trouble) return trouble
  trace.latencyMs = performance.now() - trace.startedAt
  return judgeFound(request.assertions, {}, trace)
}
