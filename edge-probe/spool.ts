import { MAX_RESULTS_PER_SYNC, MAX_SYNC_BYTES, type ProbeResult } from '../core/probe-protocol.ts'
import { forgetResults, hasResults, keepResults, oldestResults } from './store.ts'

/** The rest is for what a sync tells besides. */
const BATCH_BYTES = MAX_SYNC_BYTES - 16_384

/**
 * Results on their way to the server: in memory until it is asked to take them, in storage once it did
 * not. An object that is moved in between loses the checks of some seconds, none that turned a verdict:
 * writing each of them would cost more than all the rest.
 */
export type Spool = { sql: SqlStorage; fresh: ProbeResult[] }

/** The results of one sync as JSON; `forget` is for when they are receipted. */
export type Batch = { results: string[]; forget(): void }

/** Whether the server has not taken what it was asked to take. */
export function isBehind({ sql }: Spool): boolean {
  return hasResults(sql)
}

/** Writes down what is only in memory. */
export function keep(spool: Spool): void {
  if (spool.fresh.length > 0) keepResults(spool.sql, spool.fresh.splice(0))
}

/** The oldest results, as many as go into one sync. */
export function nextBatch(spool: Spool): Batch {
  return hasResults(spool.sql) ? keptBatch(spool) : freshBatch(spool)
}

function keptBatch(spool: Spool): Batch {
  keep(spool)
  const kept = oldestResults(spool.sql, MAX_RESULTS_PER_SYNC)
  const rows = kept.slice(0, fitting(kept.map(({ json }) => json)))
  const lastId = rows.at(-1)?.id ?? 0
  return { results: rows.map(({ json }) => json), forget: () => forgetResults(spool.sql, lastId) }
}

function freshBatch({ fresh }: Spool): Batch {
  const jsons = fresh.slice(0, MAX_RESULTS_PER_SYNC).map((result) => JSON.stringify(result))
  const results = jsons.slice(0, fitting(jsons))
  // What came meanwhile stands behind them.
  return { results, forget: () => void fresh.splice(0, results.length) }
}

function fitting(jsons: string[]): number {
  let bytes = 0
  const first = jsons.findIndex((json) => (bytes += encoder.encode(json).length + 1) > BATCH_BYTES)
  return first < 0 ? jsons.length : first
}

const encoder = new TextEncoder()
