import { join } from 'node:path'
import type { OutboundPolicy } from '../../core/address.ts'
import { createChecker } from '../check.ts'
import { guardChecker, type GuardedChecker } from '../health.ts'
import { createServerClock, type ServerClock } from './clock.ts'
import { createLog, type Log } from './log.ts'
import type { Reporter } from './report.ts'
import { startReports } from './reports.ts'
import { startRuns } from './runs.ts'
import type { Settings } from './settings.ts'
import { openSpool, type Spool } from './spool.ts'
import { AGENT_VERSION } from './version.ts'

/** The parts of a private agent, built in one place. */
export type Agent = {
  clock: ServerClock
  log: Log
  checker: GuardedChecker
  spool: Spool
  reporter: Reporter
}

export async function buildAgent(settings: Settings): Promise<Agent> {
  const clock = createServerClock()
  const log = createLog(settings.logLevel)
  const checker = guardChecker(createChecker({ policy: settings.outbound }), {
    references: settings.references,
    now: clock.now,
  })
  const spool = openSpool({
    // By probe: what one has found is never told under the name of another.
    folder: join(settings.dataDir, 'spool', settings.probeId),
    onLoss: (count, why) => log.error('results were given up', { count, why }),
  })
  const reporter: Reporter = {
    key: settings,
    clock,
    spool,
    log,
    capabilities: await checker.capabilities(),
    health: checker,
    isAway: false,
    version: null,
    take: () => {},
  }
  return { clock, log, checker, spool, reporter }
}

export type RunningAgent = {
  /** Ends what is under way, tells what it found, and keeps what could not be told. */
  stop(): Promise<void>
}

export function startAgent({ clock, log, checker, spool, reporter }: Agent): RunningAgent {
  const runs = startRuns({ checker, clock, spool }, () => reports.soon())
  reporter.take = runs.take
  const reports = startReports(reporter)
  return {
    async stop() {
      await runs.stop()
      reporter.take = () => {}
      await reports.stop()
      checker.stop()
      spool.close()
      log.info('the agent has stopped', { keptBytes: spool.bytes() })
    },
  }
}

/** What somebody who has just started it wants to know. */
export function greeting(settings: Settings, { reporter, spool }: Agent): string {
  const lines = {
    Reports: `to ${settings.syncUrl.href} as ${settings.probeId}${caution(settings.syncUrl)}`,
    Checks: reporter.capabilities.join(', '),
    Outbound: outbound(settings.outbound),
    Kept: `${Math.ceil(spool.bytes() / 1024)} KB of results not yet told, in ${settings.dataDir}`,
  }
  const text = Object.entries(lines).map(([name, value]) => `  ${name.padEnd(8)}  ${value}`)
  return `\nPharos agent ${AGENT_VERSION} is ready.\n\n${text.join('\n')}\n`
}

/** Assignments carry the headers and credentials that a check needs. */
function caution({ protocol, hostname }: URL): string {
  const isOwn = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return protocol === 'https:' || isOwn
    ? ''
    : ', unencrypted: whoever listens reads what it is told'
}

function outbound({ allow }: OutboundPolicy): string {
  if (allow.length === 0) return 'public addresses only; OUTBOUND_ALLOW_CIDRS opens private ones'
  return `public addresses and ${allow.map((range) => range.text).join(', ')}`
}
