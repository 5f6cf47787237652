import http from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { requestFor } from '../agent/testing/request.ts'
import { start } from '../agent/testing/target.ts'
import type { EdgeRegion } from '../edge-probe/settings.ts'
import { assignmentOf } from '../edge-probe/testing/assignment.ts'
import { type Edge, keyOf, startEdge } from '../edge-probe/testing/edge.ts'
import { type Sink, startSink } from '../edge-probe/testing/sink.ts'
import { machine } from './machine.ts'
import { quantile } from './quantile.ts'

const WARM_UP_MS = 65_000
const MEASURED_MS = 120_000
const INTERVAL_SECONDS = 60

/** One object each, side by side: so many monitors a minute, whose targets take so long. */
const LOADS = [
  { region: 'weur', monitors: 20, answerMs: 300 },
  { region: 'eeur', monitors: 100, answerMs: 300 },
  { region: 'enam', monitors: 250, answerMs: 300 },
  { region: 'wnam', monitors: 300, answerMs: 1_000 },
] as const satisfies { region: EdgeRegion; monitors: number; answerMs: number }[]

type Load = (typeof LOADS)[number]

/** What costs on the platform, of one object: how often it is woken and writes, and how long it is at work. */
await using target = await start(http.createServer(answer))
const activity = new Map<string, { underWay: number; since: number; activeMs: number }>()
const keys = LOADS.map(({ region }) => keyOf(region))
await using sink = await startSink(keys)
for (const load of LOADS) sink.assign(load.region, monitorsOf(load))
await using edge = await startEdge({
  pharosUrl: sink.url,
  keys,
  vars: { SUBREQUESTS: '10000', SHARD_SIZE: '1000' },
})
await edge.cron()
await pause(WARM_UP_MS)
const before = await Promise.all(LOADS.map((load) => countsOf(edge, sink, load)))
await pause(MEASURED_MS)
const after = await Promise.all(LOADS.map((load) => countsOf(edge, sink, load)))
print()

function monitorsOf({ region, monitors, answerMs }: Load) {
  const request = requestFor(`${target.url}/${region}/${answerMs}`)
  const change = { intervalSeconds: INTERVAL_SECONDS }
  return Array.from({ length: monitors }, () => assignmentOf(request, change))
}

type Counts = { rowsWritten: number; syncs: number; checks: number; activeMs: number }

/** In its steady state an object writes one row for each alarm that it sets, and no other. */
async function countsOf(
  { rows }: Edge,
  { syncs, results }: Sink,
  { region }: Load,
): Promise<Counts> {
  const [written] = (await rows(region, 'SELECT total_changes() AS n')) as [{ n: number }]
  return {
    rowsWritten: written.n,
    syncs: syncs.filter((sync) => sync.region === region).length,
    checks: results.filter((result) => result.region === region).length,
    activeMs: activity.get(region)?.activeMs ?? 0,
  }
}

function answer({ url = '' }: http.IncomingMessage, response: http.ServerResponse): void {
  const [, region = '', answerMs] = url.split('/')
  const state = activity.get(region) ?? { underWay: 0, since: 0, activeMs: 0 }
  activity.set(region, state)
  if (state.underWay++ === 0) state.since = performance.now()
  setTimeout(() => {
    if (--state.underWay === 0) state.activeMs += performance.now() - state.since
    response.end()
  }, Number(answerMs))
}

function print(): void {
  const minutes = MEASURED_MS / 60_000
  console.log(`One Durable Object, in workerd on this machine (${machine()})\n`)
  console.log(
    '| monitors a minute, answering in | checks/min | syncs/min | rows written/min | at work | late p50 ms | p99 ms |',
  )
  console.log('|---|---|---|---|---|---|---|')
  for (const [index, { region, monitors, answerMs }] of LOADS.entries()) {
    const [from, to] = [before[index]!, after[index]!]
    const rate = (name: keyof Counts) => ((to[name] - from[name]) / minutes).toFixed(1)
    const share = Math.min(1, (to.activeMs - from.activeMs) / MEASURED_MS) * 100
    const lags = lagsOf(region).slice(monitors)
    const cells = [
      `${monitors}, ${answerMs} ms`,
      rate('checks'),
      rate('syncs'),
      rate('rowsWritten'),
      `${share.toFixed(0)} %`,
      quantile(lags, 0.5),
      quantile(lags, 0.99),
    ]
    console.log(`| ${cells.join(' | ')} |`)
  }
}

function lagsOf(region: EdgeRegion): number[] {
  const ours = sink.results.filter((result) => result.region === region)
  return ours.map(({ checkedAt, scheduledAt }) => checkedAt - scheduledAt)
}
