import type { Deps } from '../deps.ts'
import { setAside } from '../monitors/deeds.ts'
import type { Spoiler } from '../monitors/votes/deeds.ts'
import { isPassing } from '../platform/database.ts'
import { rest } from '../platform/loop.ts'
import type { ReportedResult } from './batch.ts'
import { recordResults } from './deeds.ts'

/** Results of one transaction; more only lengthen its locks (measured: no gain past 1,000). */
const MAX_BATCH = 1_000
/** How long the first result of a batch waits for company: transactions cost more than rows. */
const LINGER_MS = 100
/** Results that wait for the database; past it no new runs are claimed. */
const MAX_WAITING = 20_000
const RETRY_MS = { first: 100, most: 5_000 }
const UNRECORDABLE = 'its results cannot be recorded'

export type Recorder = {
  add(result: ReportedResult): void
  /** How many more results it will take before the database must catch up. */
  room(): number
  stop(): Promise<void>
}

/** Gathers results into batches and records them, one batch at a time, for as long as the database takes. */
export function startRecorder(deps: Deps): Recorder {
  const waiting: ReportedResult[] = []
  const tally: Tally = { recorded: 0, whenRefused: new Map() }
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let recording: Promise<void> | null = null

  const record = () => {
    timer = null
    recording ??= drain().finally(() => {
      recording = null
      if (waiting.length > 0 && !stopping.signal.aborted) wake()
    })
  }
  const wake = () => {
    if (waiting.length >= MAX_BATCH) record()
    else timer ??= setTimeout(record, LINGER_MS)
  }
  const drain = async () => {
    const batch = waiting.splice(0, MAX_BATCH)
    await recordPatiently(deps, tally, batch, stopping.signal)
  }

  return {
    add(result) {
      waiting.push(result)
      wake()
    },
    room: () => MAX_WAITING - waiting.length,
    async stop() {
      if (timer) clearTimeout(timer)
      stopping.abort()
      await recording
      while (waiting.length > 0) await drain()
    },
  }
}

/** How many results were recorded so far, and how many when a monitor's were first refused. */
type Tally = { recorded: number; whenRefused: Map<string, number> }

/**
 * Records a batch however long the database is away; at a stop it tries only once more: the runs'
 * leases end, and another process does them again.
 */
async function recordPatiently(
  deps: Deps,
  tally: Tally,
  batch: ReportedResult[],
  stopping: AbortSignal,
): Promise<void> {
  for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.most)) {
    try {
      return await recordOrSetAside(deps, tally, batch)
    } catch (error) {
      deps.log.error({ err: error, results: batch.length }, 'results not recorded, trying again')
      if (stopping.aborted) return
      await rest(waitMs, stopping)
    }
  }
}

/**
 * Sets aside the monitors that spoil a batch, if others' results were taken since theirs were first
 * refused. Until then the fault may be ours: they are let go, and run again when their leases end.
 */
async function recordOrSetAside(deps: Deps, tally: Tally, batch: ReportedResult[]): Promise<void> {
  const recordedBefore = tally.recorded
  const spoilers = await recordApart(deps, batch)
  const refused = new Set(spoilers.map(({ monitorId }) => monitorId))
  for (const { monitorId } of batch) {
    if (refused.has(monitorId)) continue
    tally.recorded += 1
    tally.whenRefused.delete(monitorId)
  }
  for (const { monitorId, error } of spoilers) {
    const recordedThen = tally.whenRefused.getOrInsert(monitorId, recordedBefore)
    if (tally.recorded > recordedThen) await setAside(deps, monitorId, UNRECORDABLE, error)
    else deps.log.error({ err: error, monitorId }, 'results refused, to be run again')
  }
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
    const first = batch.filter((result) => half.has(result.monitorId))
    const second = batch.filter((result) => !half.has(result.monitorId))
    return [...(await recordApart(deps, first)), ...(await recordApart(deps, second))]
  }
}
