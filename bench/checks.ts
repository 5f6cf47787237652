import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { cpuSecondsOfTree, machine, residentMb } from './machine.ts'
import { openSandbox, plantMonitors, postgresPid, type Sandbox } from './sandbox.ts'
import { rawRequest, startTarget } from './target.ts'

const INTERVAL_SECONDS = 10
const WARM_UP_SECONDS = 15
const RAW_SECONDS = 5
const RAW_CONCURRENCY = 64
/** As in `npm start`. */
const HEAP_LIMIT = '--max-old-space-size=320'

const HELP = `npx node bench/checks.ts [--monitors 10000,40000] [--seconds 30]

The whole path of a check, from due to decided and stored: a scheduler process, PostgreSQL and a target
on this machine, monitors every ${INTERVAL_SECONDS} s. Beside it, in the same run, node:http with fresh connections.`

type Row = Record<string, number | string>

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      monitors: { type: 'string', default: '10000,40000' },
      seconds: { type: 'string', default: '30' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  await using target = await startTarget()
  const table: Record<string, Row> = {
    'node:http, fresh connections': await measureRaw(target.url),
  }
  for (const count of values.monitors.split(',').map(Number)) {
    const name = `${count} monitors every ${INTERVAL_SECONDS} s`
    table[name] = await measurePath(count, target.url, Number(values.seconds))
  }
  console.log(`${machine()}; target, PostgreSQL 18 and Pharos on the same machine`)
  console.table(table)
}

async function measureRaw(url: string): Promise<Row> {
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  let count = 0
  const lane = async () => {
    while (performance.now() - startedAt < RAW_SECONDS * 1_000) {
      await rawRequest(url)
      count++
    }
  }
  await Promise.all(Array.from({ length: RAW_CONCURRENCY }, lane))
  const cpu = process.cpuUsage(cpuBefore)
  return {
    'checks/s': Math.round((count / (performance.now() - startedAt)) * 1_000),
    'CPU s per 1,000': round(((cpu.user + cpu.system) / 1e6 / count) * 1_000),
  }
}

async function measurePath(count: number, target: string, seconds: number): Promise<Row> {
  await using sandbox = await openSandbox()
  await plantMonitors(sandbox, {
    count,
    target,
    intervalSeconds: INTERVAL_SECONDS,
    isChecked: true,
  })
  const scheduler = await startScheduler(sandbox)
  try {
    await pass(WARM_UP_SECONDS)
    const before = usage(scheduler, sandbox)
    const fromMs = Date.now()
    await pass(seconds)
    const after = usage(scheduler, sandbox)
    const checks = await summary(sandbox, fromMs, fromMs + seconds * 1_000)
    const per1000 = (cpuSeconds: number) => round((cpuSeconds / checks.count) * 1_000)
    return {
      'checks/s': Math.round(checks.count / seconds),
      'CPU s per 1,000': per1000(
        after.ownCpu + after.postgresCpu - before.ownCpu - before.postgresCpu,
      ),
      'of it Node': per1000(after.ownCpu - before.ownCpu),
      'of it PostgreSQL': per1000(after.postgresCpu - before.postgresCpu),
      'start lag p50 ms': Math.round(checks.p50),
      'start lag p99 ms': Math.round(checks.p99),
      'not UP': checks.notUp,
      'resident MB': Math.round(residentMb(scheduler.pid!)),
    }
  } finally {
    scheduler.kill('SIGTERM')
    await once(scheduler, 'exit')
  }
}

async function startScheduler({ url, dataDir }: Sandbox): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HEAP_LIMIT, 'api/main.ts'], {
    env: {
      ...process.env,
      DATABASE_URL: url,
      DATA_DIR: dataDir,
      ROLES: 'scheduler',
      LOG_LEVEL: 'error',
      OUTBOUND_ALLOW_CIDRS: '127.0.0.1/32',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout!, 'data')
  return child
}

function usage(scheduler: ChildProcess, sandbox: Sandbox) {
  return {
    ownCpu: cpuSecondsOfTree(scheduler.pid!),
    postgresCpu: cpuSecondsOfTree(postgresPid(sandbox)),
  }
}

/** Runs that started within the window, by the rows they left; lag is from the slot to the start. */
async function summary({ database }: Sandbox, fromMs: number, toMs: number) {
  const { rows } = await database.pool.query<{
    count: number
    notUp: number
    p50: number
    p99: number
  }>(
    `SELECT count(*)::int AS count, count(*) FILTER (WHERE outcome <> 'UP')::int AS "notUp",
       percentile_cont(0.5) WITHIN GROUP (ORDER BY lag_ms) AS p50,
       percentile_cont(0.99) WITHIN GROUP (ORDER BY lag_ms) AS p99
     FROM (SELECT outcome, extract(epoch FROM checked_at - scheduled_at) * 1000 AS lag_ms
           FROM checks
           WHERE checked_at >= to_timestamp($1 / 1000.0) AND checked_at < to_timestamp($2 / 1000.0)) c`,
    [fromMs, toMs],
  )
  return rows[0]!
}

function pass(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}

function round(value: number): number {
  return Number(value.toFixed(3))
}

await main()
