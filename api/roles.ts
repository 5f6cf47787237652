import { accountLanes } from './accounts/mails/jobs.ts'
import { digestLanes } from './alerts/digests/jobs.ts'
import { startEscalation } from './alerts/escalation/steps/jobs.ts'
import { farewellLane } from './alerts/farewells/jobs.ts'
import { startFarewellReview } from './alerts/farewells/release/jobs.ts'
import { alertLanes } from './alerts/jobs.ts'
import { redeliveryLane } from './alerts/redelivery/jobs.ts'
import { startReview } from './alerts/withholding/jobs.ts'
import { startWorseningWatch } from './alerts/worsening/jobs.ts'
import { startRecorder } from './checks/jobs.ts'
import { keepPartitions } from './checks/partitions/deeds.ts'
import type { Deps } from './deps.ts'
import { startDeadlineWatch, startPresence } from './heartbeats/jobs.ts'
import { startHousekeeping } from './housekeeping.ts'
import { startEvidence } from './incidents/evidence/jobs.ts'
import { startTurns } from './maintenance/jobs.ts'
import { startSilenceWatch } from './monitors/votes/jobs.ts'
import { startDispatcher } from './outbox/jobs.ts'
import type { ProcessRole } from './platform/environment.ts'
import { errorCode } from './platform/error-code.ts'
import type { ListenAt } from './platform/free-port.ts'
import { type Running, together } from './platform/loop.ts'
import { StartRefusal } from './platform/start-refusal.ts'
import { startLocalProbe } from './probes/jobs.ts'
import { startProbeWatch } from './probes/notices/jobs.ts'
import { openServer } from './web/server.ts'

/** What a process does for each of its ROLES. */
export const startRole = {
  web: startWeb,
  scheduler: startScheduler,
  dispatcher: async (deps) =>
    together([
      startReview(deps),
      startFarewellReview(deps),
      startEscalation(deps),
      startWorseningWatch(deps),
      startDispatcher(deps, [
        ...alertLanes,
        ...digestLanes,
        redeliveryLane,
        farewellLane,
        ...accountLanes,
      ]),
    ]),
} satisfies Record<ProcessRole, (deps: Deps, listenAt: ListenAt) => Promise<Running>>

async function startWeb(deps: Deps, listenAt: ListenAt): Promise<Running> {
  try {
    const server = await openServer(deps, { listenAt })
    return together([startPresence(deps), { stop: server.close }])
  } catch (error) {
    if (errorCode(error) !== 'EADDRINUSE') throw error
    const { port } = deps.environment
    throw new StartRefusal(`Port ${port} is in use. Stop what listens there, or set another PORT.`)
  }
}

async function startScheduler(deps: Deps): Promise<Running> {
  // Before the first result: without a partition for its day it could not be kept.
  await keepPartitions(deps)
  const recorder = startRecorder(deps)
  const others = together([
    startLocalProbe(deps, recorder),
    startSilenceWatch(deps),
    startProbeWatch(deps),
    startDeadlineWatch(deps),
    startTurns(deps),
    startEvidence(deps),
    startHousekeeping(deps),
  ])
  return {
    async stop() {
      await others.stop()
      await recorder.stop()
    },
  }
}
