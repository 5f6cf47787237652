import { execFile } from 'node:child_process'
import type { CheckRequest } from '../core/check.ts'
import { type Failure, failure } from '../core/failure.ts'
import { parseHost } from '../core/target.ts'
import { judgeFound } from './asserting.ts'
import { judgedAddresses, type Outbound } from './outbound.ts'
import { type PingReport, type PingRun, readPing } from './ping-report.ts'
import { allowedMs, type Trace } from './trace.ts'

/** Below 200 ms older versions of ping want root. */
const INTERVAL_MS = 200
/** Asked to end, ping prints its summary at once; then it is killed. */
const SUMMARY_GRACE_MS = 300
const PROOF_MS = 1_000

/** 1. Resolve, guarded. 2. Let the ping program send. 3. Judge the loss. 4. Judge the assertions. */
export async function checkPing(
  outbound: Outbound,
  request: CheckRequest<'PING'>,
  trace: Trace,
): Promise<Failure | null> {
  const target = parseHost(request.target)
  if (!target.ok) return failure('BLOCKED_TARGET', `The target ${target.rule}`)
  const resolution = await judgedAddresses(outbound, target.host, trace)
  if (!resolution.ok) return resolution
  const [address = ''] = resolution.addresses
  trace.remoteAddress = address
  const withinMs = allowedMs(trace)
  const count = packetsWithin(withinMs, request.expectations.packets)
  const report = readPing(await runPing(address, count, withinMs))
  if (!report.ok) return report
  const { sent, received, minMs, maxMs } = report
  trace.details = { kind: 'PING', sent, received, minMs, maxMs }
  trace.latencyMs = report.averageMs
  const trouble = judgeLoss(report, request)
  return trouble ?? judgeFound(request.assertions, {}, trace)
}

/** Whether this machine can ping at all: it has the program, and may send. */
export async function hasPing(): Promise<boolean> {
  const report = readPing(await runPing('127.0.0.1', 1, PROOF_MS))
  return report.ok && report.received > 0
}

/** As many as leave half of the time for the last answer. */
export function packetsWithin(timeoutMs: number, wanted: number): number {
  return Math.max(1, Math.min(wanted, Math.floor(timeoutMs / 2 / INTERVAL_MS)))
}

/** Its own `timeout` would not do: execFile then throws away what the program says in the end. */
function runPing(address: string, count: number, withinMs: number): Promise<PingRun> {
  const waitSeconds = Math.ceil(withinMs / 1_000)
  const limits = [`-c${count}`, `-i${INTERVAL_MS / 1_000}`, `-W${waitSeconds}`]
  const args = ['-n', '-q', ...limits, '--', address]
  const env = { PATH: process.env['PATH'], LC_ALL: 'C' }
  return new Promise((resolve) => {
    const child = execFile('ping', args, { env }, (error, stdout, stderr) => {
      clearTimeout(interrupt)
      clearTimeout(kill)
      const spawnError = typeof error?.code === 'string' ? error.code : null
      resolve({ spawnError, stdout, stderr })
    })
    const interrupt = setTimeout(() => child.kill('SIGINT'), withinMs)
    const kill = setTimeout(() => child.kill('SIGKILL'), withinMs + SUMMARY_GRACE_MS)
  })
}

function judgeLoss(
  { sent, received }: PingReport,
  { target, expectations }: CheckRequest<'PING'>,
): Failure | null {
  const lossPercent = sent === 0 ? 100 : ((sent - received) / sent) * 100
  const { maxLossPercent } = expectations
  if (lossPercent <= maxLossPercent) return null
  const lost = `${target} lost ${sent - received} of ${sent} packets (${Math.round(lossPercent)} %)`
  return failure('PACKET_LOSS', `${lost}, at most ${maxLossPercent} % may be lost`)
}
