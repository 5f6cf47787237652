import { eventually } from '../eventually.ts'
import type { Caller } from './graphql.ts'

const READ = `query ($id: ID!) {
  monitor(id: $id) {
    status createdAt
    checks(first: 100) {
      nodes {
        outcome checkedAt httpStatus
        phases { resolveMs connectMs tlsMs processingMs transferMs }
      }
    }
    incidents(first: 10) {
      nodes { kind status startedAt resolvedAt secondsToResolve alerts { type status recipient } }
    }
  }
}`

export type SeenCheck = {
  outcome: string
  checkedAt: string
  httpStatus: number | null
  phases: Record<string, number | null>
}

export type SeenIncident = {
  kind: string
  status: string
  startedAt: string
  resolvedAt: string | null
  secondsToResolve: number | null
  alerts: { type: string; status: string; recipient: string }[]
}

/** A monitor as its owner sees it; checks and incidents with the newest first. */
export type SeenMonitor = {
  status: string
  createdAt: string
  checks: SeenCheck[]
  incidents: SeenIncident[]
}

type Answer = {
  monitor: Pick<SeenMonitor, 'status' | 'createdAt'> & {
    checks: { nodes: SeenCheck[] }
    incidents: { nodes: SeenIncident[] }
  }
}

export async function readMonitor(alice: Caller, id: string): Promise<SeenMonitor> {
  const { monitor } = await alice.ask<Answer>(READ, { id })
  return { ...monitor, checks: monitor.checks.nodes, incidents: monitor.incidents.nodes }
}

/** The monitor once it has this status. */
export function seenAs(alice: Caller, id: string, status: string, withinMs: number) {
  return eventually(
    `the monitor is ${status}`,
    async () => {
      const monitor = await readMonitor(alice, id)
      return monitor.status === status && monitor
    },
    withinMs,
  )
}

const UPTIME = `query ($id: ID!, $from: DateTime!, $to: DateTime!) {
  monitor(id: $id) {
    uptime(from: $from, to: $to) {
      upSeconds degradedSeconds downSeconds maintenanceSeconds pausedSeconds unknownSeconds
    }
  }
}`

/** Seconds in each state. */
export async function readUptime(
  alice: Caller,
  id: string,
  window: { from: string; to: string },
): Promise<Record<string, number>> {
  type UptimeAnswer = { monitor: { uptime: Record<string, number> } }
  const { monitor } = await alice.ask<UptimeAnswer>(UPTIME, { id, ...window })
  return monitor.uptime
}
