import type { Deps } from '../deps.ts'
import { rest } from '../platform/loop.ts'
import type { ReportedResult } from './batch.ts'
import { createIntake, type Intake } from './intake/deeds.ts'
import { createLine } from './line.ts'

/** Results of one transaction; more only lengthen its locks (measured: no gain past 1,000). */
const MAX_BATCH = 1_000
/** Of them so many of one workspace while others wait: its storm is decided in the others' transactions too. */
const MAX_OF_ONE = 250
/** How long the first result of a batch waits for company: transactions cost more than rows. */
const LINGER_MS = 100
/** Results that wait for the database; past it no new runs are claimed. */
const MAX_WAITING = 20_000
const RETRY_MS = { first: 100, most: 5_000 }

export type Recorder = {
  add(workspaceId: string, result: ReportedResult): void
  /** How many more results it will take before the database must catch up. */
  room(): number
  stop(): Promise<void>
}

/**
 * Gathers results into batches and records them, one batch at a time, for as long as the database takes. The
 * next batch has some of every workspace's: however much one has to tell, nobody else waits for all of it.
 */
export function startRecorder(deps: Deps): Recorder {
  const waiting = createLine<ReportedResult>({ most: MAX_BATCH, mostOfOne: MAX_OF_ONE })
  const intake = createIntake(deps)
  const stopping = new AbortController()
  let timer: NodeJS.Timeout | null = null
  let recording: Promise<void> | null = null

  const record = () => {
    timer = null
    recording ??= drain().finally(() => {
      recording = null
      if (waiting.size() > 0 && !stopping.signal.aborted) wake()
    })
  }
  const wake = () => {
    if (waiting.size() >= MAX_BATCH) record()
    else timer ??= setTimeout(record, LINGER_MS)
  }
  const drain = async () => {
    await recordPatiently(deps, intake, waiting.take(), stopping.signal)
  }

  return {
    add(workspaceId, result) {
      waiting.add(workspaceId, result)
      wake()
    },
    room: () => MAX_WAITING - waiting.size(),
    async stop() {
      if (timer) clearTimeout(timer)
      stopping.abort()
      await recording
      while (waiting.size() > 0) await drain()
    },
  }
}

/**
 * Records a batch however long the database is away; at a stop it tries only once more: the runs'
 * leases end, and another process does them again.
 */
async function recordPatiently(
  deps: Deps,
  intake: Intake,
  batch: ReportedResult[],
  stopping: AbortSignal,
): Promise<void> {
  for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.most)) {
    try {
      await intake.record(batch)
      return
    } catch (error) {
      deps.log.error({ err: error, results: batch.length }, 'results not recorded, trying again')
      if (stopping.aborted) return
      await rest(waitMs, stopping)
    }
  }
}
