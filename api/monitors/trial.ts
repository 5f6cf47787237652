import { randomUUIDv7 } from 'node:crypto'
import type { ShownCheck } from '../checks/history/check.ts'
import type { Deps } from '../deps.ts'
import { LOCAL_REGION } from '../probes/assignment.ts'
import { Refusal } from '../refusal.ts'
import { type MonitorInput, parseNewMonitor } from './input.ts'
import { readScope } from './scope.ts'

/** An operation may take 10 s: what takes longer than this is told as a timeout. */
const LONGEST_MS = 8_000

/** Checks once from here, as a monitor of these settings would be checked, and saves nothing. */
export async function testMonitor(
  deps: Deps,
  { workspaceId }: { workspaceId: string },
  input: MonitorInput,
): Promise<ShownCheck[]> {
  const settings = parseNewMonitor(input, await readScope(deps, workspaceId))
  if (settings.kind === 'HEARTBEAT') throw untestable()
  const checkedAt = deps.clock.now()
  const timeoutMs = Math.min(settings.timeoutMs, LONGEST_MS)
  const { outcome, errorKind, message, httpStatus, latencyMs, ...detail } = await deps.checker.run({
    ...settings,
    timeoutMs,
  })
  return [
    {
      monitorId: randomUUIDv7(),
      region: LOCAL_REGION,
      scheduledAt: checkedAt,
      attempt: 0,
      checkedAt,
      outcome,
      errorKind,
      message,
      httpStatus,
      latencyMs,
      detail: { ...detail, isLate: false },
    },
  ]
}

function untestable(): Refusal {
  const message = 'must not be HEARTBEAT: nobody goes there to look, the job calls us'
  return new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', {
    issues: [{ path: ['kind'], message }],
  })
}
