import type { Deps } from '../../deps.ts'
import { setAside } from '../../monitors/deeds.ts'
import type { Spoiler } from '../../monitors/votes/deeds.ts'
import { isPassing } from '../../platform/database.ts'
import type { ReportedResult } from '../batch.ts'
import { recordResults } from '../deeds.ts'

const UNRECORDABLE = 'its results cannot be recorded'

/** A monitor whose results were not recorded: because of itself, or of a fault that may be ours. */
export type Refused = { monitorId: string; isSetAside: boolean }

export type Intake = {
  /** Records a batch but for the monitors that spoil it, and tells those. Throws while the database is away. */
  record(batch: ReportedResult[]): Promise<Refused[]>
}

/** How many results were recorded so far, and how many when a monitor's were first refused. */
type Tally = { recorded: number; whenRefused: Map<string, number> }

/**
 * Sets aside the monitors that spoil a batch, if others' results were taken since theirs were first
 * refused. Until then the fault may be ours: they are let go, and come again.
 */
export function createIntake(deps: Deps): Intake {
  const tally: Tally = { recorded: 0, whenRefused: new Map() }
  return {
    async record(batch) {
      if (batch.length === 0) return []
      const recordedBefore = tally.recorded
      const spoilers = await recordApart(deps, batch)
      count(tally, batch, spoilers)
      const refused: Refused[] = []
      for (const spoiler of spoilers) {
        const recordedThen = tally.whenRefused.getOrInsert(spoiler.monitorId, recordedBefore)
        const isSetAside = tally.recorded > recordedThen
        await refuse(deps, spoiler, isSetAside)
        refused.push({ monitorId: spoiler.monitorId, isSetAside })
      }
      return refused
    },
  }
}

function count(tally: Tally, batch: ReportedResult[], spoilers: Spoiler[]): void {
  const spoilt = new Set(spoilers.map(({ monitorId }) => monitorId))
  for (const { monitorId } of batch) {
    if (spoilt.has(monitorId)) continue
    tally.recorded += 1
    tally.whenRefused.delete(monitorId)
  }
}

async function refuse(deps: Deps, { monitorId, error }: Spoiler, isItsFault: boolean) {
  if (isItsFault) await setAside(deps, monitorId, UNRECORDABLE, error)
  else deps.log.error({ err: error, monitorId }, 'results refused, to be run again')
}

/** Halves a batch that fails for what is in it until each monitor that spoils it stands alone. */
async function recordApart(deps: Deps, batch: ReportedResult[]): Promise<Spoiler[]> {
  try {
    await recordResults(deps, batch)
    return []
  } catch (error) {
    if (isPassing(error)) throw error
    const monitorIds = [...new Set(batch.map((result) => result.monitorId))]
    if (monitorIds.length === 1) return [{ monitorId: monitorIds[0]!, error }]
    const half = new Set(monitorIds.slice(0, Math.ceil(monitorIds.length / 2)))
    const [first, second] = [true, false].map((side) =>
      batch.filter((result) => half.has(result.monitorId) === side),
    ) as [ReportedResult[], ReportedResult[]]
    return [...(await recordApart(deps, first)), ...(await recordApart(deps, second))]
  }
}
