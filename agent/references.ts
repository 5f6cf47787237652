import { parseCidrs } from '../core/address.ts'
import type { ReferenceTarget } from '../core/health.ts'
import { invariant } from '../core/invariant.ts'
import { createOutbound, openConnection, type Outbound } from './outbound.ts'
import { startTrace } from './trace.ts'

/** Less than a failure is held back for. */
const ANSWER_LIMIT_MS = 2_000

/** Whether one of the targets accepts a connection; all are asked at once, and the first that does settles it. */
export type AskReferences = () => Promise<boolean>

export function createReferences(targets: ReferenceTarget[]): AskReferences {
  const outbound = createOutbound({ policy: everywhere() })
  return async () => {
    const asked = targets.map((target) => connect(outbound, target))
    return Promise.any(asked).catch(() => false)
  }
}

/** Rejects for a target that does not answer. */
async function connect(outbound: Outbound, target: ReferenceTarget): Promise<true> {
  const connection = await openConnection(outbound, target, startTrace(ANSWER_LIMIT_MS))
  if (!connection.ok) throw new Error(connection.message)
  connection.socket.destroy()
  return true
}

/** Chosen by the operator, who may ask a gateway as well. */
function everywhere() {
  const parsed = parseCidrs('0.0.0.0/0,::/0')
  invariant('cidrs' in parsed, 'these are ranges')
  return { allow: parsed.cidrs }
}
