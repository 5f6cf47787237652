import type { Deps } from '../../deps.ts'
import { inTransaction } from '../../platform/database.ts'
import { readUnrolledFrom } from '../../uptime/rollups/store.ts'
import { type PartitionPlan, planPartitions } from './partition.ts'
import { dropPartition, lockPartitions, makePartition } from './store.ts'

/** Makes the days ahead and drops those past retention and rolled up; by the database's clock, as the slots are. */
export function keepPartitions(
  deps: Pick<Deps, 'database' | 'environment'>,
): Promise<PartitionPlan> {
  return inTransaction(deps.database, async (tx) => {
    const { existing, now } = await lockPartitions(tx)
    const plan = planPartitions(existing, now, {
      retentionDays: deps.environment.checkRetentionDays,
      unrolledFrom: await readUnrolledFrom(tx),
    })
    for (const partition of plan.make) await makePartition(tx, partition)
    for (const name of plan.drop) await dropPartition(tx, name)
    return plan
  })
}
