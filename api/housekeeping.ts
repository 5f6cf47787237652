import { forgetEnded } from './accounts/jobs.ts'
import { forgetAttempts } from './alerts/attempts/jobs.ts'
import { forgetFarewells } from './alerts/farewells/jobs.ts'
import { forgetTold } from './alerts/pace/jobs.ts'
import { purgeChanges } from './changes/jobs.ts'
import { keepPartitions } from './checks/partitions/deeds.ts'
import type { Deps } from './deps.ts'
import { watchCertificates } from './incidents/certificates/jobs.ts'
import { forgetEvidence } from './incidents/evidence/jobs.ts'
import { extendWindows, forgetWindows } from './maintenance/jobs.ts'
import { purgeDeleted } from './monitors/purges/jobs.ts'
import { type Running, startLoop, together } from './platform/loop.ts'
import { purgeMessages } from './probes/syncs/jobs.ts'
import { rollUpHours } from './uptime/rollups/jobs.ts'

type Chore = {
  name: string
  everyMs: number
  work(deps: Deps, signal: AbortSignal): Promise<unknown>
}

/** What nobody waits for. Several processes may run them at once: each locks what it works on, or claims it. */
const CHORES: Chore[] = [
  { name: 'keep the partitions of checks', everyMs: 3_600_000, work: keepPartitions },
  { name: 'roll up hours', everyMs: 60_000, work: rollUpHours },
  { name: 'watch certificates', everyMs: 5_000, work: watchCertificates },
  { name: 'reckon maintenance ahead', everyMs: 60_000, work: extendWindows },
  { name: 'forget deleted maintenance', everyMs: 3_600_000, work: forgetWindows },
  { name: 'purge deleted monitors', everyMs: 10_000, work: purgeDeleted },
  { name: 'forget what was sent', everyMs: 3_600_000, work: forgetAttempts },
  { name: 'forget farewells', everyMs: 3_600_000, work: forgetFarewells },
  { name: 'forget what was told', everyMs: 3_600_000, work: forgetTold },
  { name: 'forget evidence', everyMs: 3_600_000, work: forgetEvidence },
  { name: 'forget ended sessions', everyMs: 3_600_000, work: forgetEnded },
  { name: 'purge messages of probes', everyMs: 60_000, work: purgeMessages },
  { name: 'purge changes', everyMs: 60_000, work: purgeChanges },
]

export function startHousekeeping(deps: Deps): Running {
  const loops = CHORES.map(({ name, everyMs, work }) =>
    startLoop({ name, everyMs, log: deps.log, work: (signal) => work(deps, signal) }),
  )
  return together(loops)
}
