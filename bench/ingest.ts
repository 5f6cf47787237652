import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { ReportedResult } from '../api/checks/batch.ts'
import { recordResults } from '../api/checks/deeds.ts'
import type { Deps } from '../api/deps.ts'
import { createMetrics } from '../api/platform/metrics.ts'
import { cpuSecondsOfTree, machine } from './machine.ts'
import { openSandbox, plantMonitors, postgresPid, type Sandbox } from './sandbox.ts'

const MONITORS = 10_000
const BATCH = 1_000
const BATCHES = 200
const LANES = 2
const ROUNDS = 2
const INTERVAL_SECONDS = 10
/** Fresh, as results are that a probe has just found: what comes late makes its monitor's story anew. */
const RUN_EVERY_MS = 100

type Round = { name: string; run(batches: ReportedResult[][]): Promise<void> }

/** Results with their decisions, beside COPY of the same rows into the same table, in turns. */
async function main(): Promise<void> {
  await using sandbox = await openSandbox()
  const monitorIds = await plantMonitors(sandbox, {
    count: MONITORS,
    target: 'http://127.0.0.1:9/',
    intervalSeconds: INTERVAL_SECONDS,
    isChecked: false,
  })
  const deps = { database: sandbox.database, metrics: createMetrics() }
  const rounds: Round[] = [
    { name: 'raw COPY, one client', run: (batches) => copyAll(sandbox, batches) },
    {
      name: `recorded and decided, ${LANES} at a time`,
      run: (batches) => recordAll(deps, batches),
    },
  ]
  const table: Record<string, Record<string, number>> = {}
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, run } of rounds) {
      const batches = makeBatches(monitorIds)
      table[name] = await measure(sandbox, batches, run)
      await sandbox.database.pool.query('TRUNCATE checks')
    }
  }
  console.log(`${machine()}, PostgreSQL 18 on the same machine; ${BATCHES * BATCH} results a round`)
  console.table(table)
}

async function measure(sandbox: Sandbox, batches: ReportedResult[][], run: Round['run']) {
  const pid = postgresPid(sandbox)
  const serverBefore = cpuSecondsOfTree(pid)
  const ownBefore = process.cpuUsage()
  const startedAt = performance.now()
  await run(batches)
  const seconds = (performance.now() - startedAt) / 1_000
  const own = process.cpuUsage(ownBefore)
  const count = batches.length * BATCH
  return {
    'results/s': Math.round(count / seconds),
    'CPU s per million, Node': Number((((own.user + own.system) / 1e6 / count) * 1e6).toFixed(1)),
    'CPU s per million, PostgreSQL': Number(
      (((cpuSecondsOfTree(pid) - serverBefore) / count) * 1e6).toFixed(1),
    ),
  }
}

/** One lane per half of the monitors: results of one monitor come in order, as from a probe. */
async function recordAll(
  deps: Pick<Deps, 'database' | 'metrics'>,
  batches: ReportedResult[][],
): Promise<void> {
  const lanes = Array.from({ length: LANES }, (_, lane) =>
    batches.filter((_, index) => index % LANES === lane),
  )
  await Promise.all(
    lanes.map(async (lane) => {
      for (const batch of lane) await recordResults(deps, batch)
    }),
  )
}

async function copyAll({ database }: Sandbox, batches: ReportedResult[][]): Promise<void> {
  const client = await database.pool.connect()
  try {
    for (const batch of batches) {
      await pipeline(Readable.from([batch.map(copyLine).join('')]), client.query(copyFrom(COPY)))
    }
  } finally {
    client.release()
  }
}

const COPY = `COPY checks (monitor_id, scheduled_at, attempt, region, workspace_id, checked_at, outcome,
  http_status, dns_ok, content_ok, latency_ms, resolve_ms, connect_ms, processing_ms, transfer_ms,
  remote_address) FROM STDIN`

function copyLine(result: ReportedResult): string {
  const at = new Date(result.scheduledAt).toISOString()
  const { resolveMs, connectMs, processingMs, transferMs } = result.phases
  return `${result.monitorId}\t${at}\t0\t${result.region}\t${result.monitorId}\t${at}\tUP\t200\tt\tt\t${result.latencyMs}\t${resolveMs}\t${connectMs}\t${processingMs}\t${transferMs}\t127.0.0.1\n`
}

/** Of one round: of each monitor one result after the other, up to now. */
function makeBatches(monitorIds: string[]): ReportedResult[][] {
  const perRun = MONITORS / BATCH
  const firstAt = Date.now() - (BATCHES / perRun) * RUN_EVERY_MS
  return Array.from({ length: BATCHES }, (_, batch) => {
    const at = firstAt + Math.floor(batch / perRun) * RUN_EVERY_MS
    const first = (batch % perRun) * BATCH
    return monitorIds.slice(first, first + BATCH).map((id) => result(id, at))
  })
}

function result(monitorId: string, at: number): ReportedResult {
  return {
    monitorId,
    region: 'local',
    scheduledAt: at,
    attempt: 0,
    checkedAt: at,
    fence: null,
    outcome: 'UP',
    errorKind: null,
    message: null,
    httpStatus: 200,
    dnsOk: true,
    tlsOk: null,
    contentOk: true,
    latencyMs: 20 + Math.random() * 200,
    phases: { resolveMs: 0.1, connectMs: 1.5, tlsMs: null, processingMs: 17.25, transferMs: 0.5 },
    certificateExpiresAt: null,
    remoteAddress: '127.0.0.1',
    details: null,
  }
}

await main()
