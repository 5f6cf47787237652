import { fork } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import os from 'node:os'
import { createChecker } from '../agent/check.ts'
import { parseCidrs } from '../core/address.ts'
import type { Assertion, CheckRequest } from '../core/check.ts'
import { invariant } from '../core/invariant.ts'

const ROUNDS = 4
const ROUND_MS = 1_200
const CONCURRENCY = 64
const SERVE = 'serve'
const BODY = '{"status":"ok"}'

const STATUS_IS_OK: Assertion[] = [
  { source: 'JSON', property: '$.status', comparison: 'EQUALS', target: 'ok' },
]

/** One fresh connection, one request, the answer read to its end. */
type Probe = { name: string; run(url: string): Promise<unknown> }

type Total = { count: number; elapsedMs: number; cpuSeconds: number }

if (process.argv[2] === SERVE) serve()
else await measure()

/** Runs in a process of its own, so that its work is not counted. */
function serve(): void {
  const server = http.createServer((_request, response) => response.end(BODY))
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()))
  process.once('disconnect', () => process.exit())
}

/** The probes take turns, so that a noisy minute of the machine falls on all of them. */
async function measure(): Promise<void> {
  const child = fork(import.meta.filename, [SERVE])
  const [{ port }] = await once(child, 'message')
  const url = `http://127.0.0.1:${port}/`
  const probes = [
    rawProbe(),
    checkProbe('check', []),
    checkProbe('check, JSON $.status', STATUS_IS_OK),
  ]
  const totals = probes.map((): Total => ({ count: 0, elapsedMs: 0, cpuSeconds: 0 }))
  for (const probe of probes) await runFor(probe, url, ROUND_MS / 2)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, probe] of probes.entries()) {
      add(totals[index], await runFor(probe, url, ROUND_MS))
    }
  }
  child.disconnect()
  print(probes, totals)
}

function rawProbe(): Probe {
  return { name: 'node:http, new Agent', run: rawRequest }
}

function rawRequest(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: new http.Agent() }, (response) => {
      response.on('end', resolve).resume()
    })
    request.on('error', reject)
  })
}

function checkProbe(name: string, assertions: Assertion[]): Probe {
  const parsed = parseCidrs('127.0.0.1/32')
  invariant('cidrs' in parsed, 'the loopback range parses')
  const checker = createChecker({ policy: { allow: parsed.cidrs } })
  return {
    name,
    async run(url) {
      const { outcome, message } = await checker.run(requestFor(url, assertions))
      invariant(outcome === 'UP', `the check of ${url} came out ${outcome}: ${message}`)
    },
  }
}

function requestFor(target: string, assertions: Assertion[]): CheckRequest {
  return {
    kind: 'HTTP',
    target,
    timeoutMs: 10_000,
    expectations: {
      method: 'GET',
      headers: [],
      body: null,
      auth: null,
      followRedirects: true,
      verifyTls: true,
      expectedStatus: [{ from: 200, to: 399 }],
    },
    assertions,
  }
}

async function runFor(probe: Probe, url: string, durationMs: number): Promise<Total> {
  const startedAt = performance.now()
  const cpuBefore = process.cpuUsage()
  let count = 0
  const lane = async () => {
    while (performance.now() - startedAt < durationMs) {
      await probe.run(url)
      count++
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, lane))
  const cpu = process.cpuUsage(cpuBefore)
  const cpuSeconds = (cpu.user + cpu.system) / 1e6
  return { count, elapsedMs: performance.now() - startedAt, cpuSeconds }
}

function add(total: Total | undefined, round: Total): void {
  invariant(total, 'every probe has a total')
  total.count += round.count
  total.elapsedMs += round.elapsedMs
  total.cpuSeconds += round.cpuSeconds
}

function print(probes: Probe[], totals: Total[]): void {
  const memoryGb = Math.round(os.totalmem() / 1e9)
  console.log(`${os.availableParallelism()} cores, ${memoryGb} GB, Node ${process.versions.node}`)
  console.log(`${CONCURRENCY} at a time over loopback, server in another process`)
  console.table(
    Object.fromEntries(probes.map(({ name }, index) => [name, rowOf(totals[index] as Total)])),
  )
}

function rowOf({ count, elapsedMs, cpuSeconds }: Total): Record<string, number> {
  return {
    'checks/s': Math.round((count / elapsedMs) * 1_000),
    'CPU s per 1,000': Number(((cpuSeconds / count) * 1_000).toFixed(3)),
  }
}
