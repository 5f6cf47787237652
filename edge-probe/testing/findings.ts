import type { CheckRequest } from '../../core/check.ts'
import type { ProbeResult } from '../../core/probe-protocol.ts'
import { eventually } from '../../test/eventually.ts'
import { assignmentOf } from './assignment.ts'
import { type EdgeOptions, keyOf, startEdge } from './edge.ts'
import { type Sink, startSink } from './sink.ts'

/** The shortest of which no run is later than half. */
const INTERVAL_SECONDS = 6
const DEADLINE_MS = 45_000

/** What the Worker first finds of each request, under the names they are given by. */
export async function findingsOf(
  requests: Record<string, CheckRequest>,
  options: Pick<EdgeOptions, 'vars' | 'authorityFile'> = {},
): Promise<Record<string, ProbeResult>> {
  const key = keyOf('weur')
  await using sink = await startSink([key])
  const names = new Map<string, string>()
  const items = Object.entries(requests).map(([name, request]) => {
    const assignment = assignmentOf(request, { intervalSeconds: INTERVAL_SECONDS })
    names.set(assignment.monitorId, name)
    return assignment
  })
  sink.assign(key.region, items)
  await using edge = await startEdge({ pharosUrl: sink.url, keys: [key], ...options })
  await edge.cron()
  const found = () => firstResults(sink, names)
  const isWhole = () => Object.keys(found()).length === items.length
  await eventually('every request has a finding', isWhole, DEADLINE_MS)
  return found()
}

function firstResults({ results }: Sink, names: Map<string, string>): Record<string, ProbeResult> {
  const named = results.map((result) => [names.get(result.monitorId) ?? '', result] as const)
  return Object.fromEntries(named.toReversed())
}
