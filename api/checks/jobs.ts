import type { Deps } from '../deps.ts'
import { rest } from '../platform/loop.ts'
import type { ReportedResult } from './batch.ts'
import { createIntake, type Intake } from './intake/deeds.ts'

/** Results of one transaction; more only lengthen its locks (measured: no gain past 1,000). */
const MAX_BATCH = 1_000
/** How long the first result of a batch waits for company: transactions cost more than rows. */
const LINGER_MS = 100
/** Results that wait for the database; past it no new runs are claimed. */
const MAX_WAITING = 20_000
const RETRY_MS = { first: 100, most: 5_000 }

export type Recorder = {
  add(result: ReportedResult): void
  /** How many more results it will take before the database must catch up. */
  room(): number
  stop(): Promise<void>
}

/** Gathers results into batches and records them, one batch at a time, for as long as the database takes. */
export function startRecorder(deps: Deps): Recorder {
  const waiting: ReportedResult[] = []
  const intake = createIntake(deps)
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
    await recordPatiently(deps, intake, batch, stopping.signal)
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
