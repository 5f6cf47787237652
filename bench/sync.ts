import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { recordResults } from '../api/checks/deeds.ts'
import { createIntake } from '../api/checks/intake/deeds.ts'
import type { Deps } from '../api/deps.ts'
import { systemClock } from '../api/platform/clock.ts'
import { readProbeKey } from '../api/probes/keys/store.ts'
import { readBody, readHeaders } from '../api/probes/syncs/arrival.ts'
import { takeSync } from '../api/probes/syncs/deeds.ts'
import { syncRoutes } from '../api/probes/syncs/http.ts'
import type { Web } from '../api/web/web.ts'
import { invariant } from '../core/invariant.ts'
import type { ProbeResult } from '../core/probe-protocol.ts'
import { readSyncRequest } from '../core/sync-request.ts'
import { depsOn } from './asking.ts'
import { cpuSecondsOfTree, machine } from './machine.ts'
import { openSandbox, postgresPid, type Sandbox } from './sandbox.ts'
import { type BenchProbe, plantProbes, resultsOf } from './sync-probes.ts'

const PROBES = 10
const MONITORS_EACH = 1_000
/** The best of them is shown: whatever else the machine does only adds. */
const ROUNDS = 3
const SLOTS_A_ROUND = 7
/** All slots of the bench lie within the bound on lateness. */
const SLOTS_FROM_MS = Date.now() - 12 * 60_000
/** Each lane has its own probes, whose results come in the order of their slots. */
const LANES = 2

type Batch = { probe: BenchProbe; results: ProbeResult[] }
type Lanes = Batch[][]
/** Does what is not measured, and gives what is. */
type Round = (lanes: Lanes) => Promise<() => Promise<void>>

/** Signed results through HTTP into decisions, beside the same unsigned, and the same without HTTP. */
async function main(): Promise<void> {
  await using sandbox = await openSandbox()
  const deps = depsOn(sandbox.database, systemClock)
  const probes = await plantProbes(sandbox, deps, { probes: PROBES, monitorsEach: MONITORS_EACH })
  const server = await listen(deps)
  const sender = fork(new URL('sync-sender.ts', import.meta.url))
  sender.on('exit', (code) => {
    if (code) throw new Error('the sender failed')
  })
  const rounds: Record<string, Round> = {
    'recorded and decided': async (lanes) => () => recordAll(deps, lanes),
    'the same through HTTP and JSON': throughHttp(sender, server, '/unsigned'),
    'the same, signed both ways': throughHttp(sender, server, '/probe/sync'),
  }
  const best: Record<string, Measured> = {}
  let slot = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, prepare] of Object.entries(rounds)) {
      const measured = await measure(sandbox, lanesOf(probes, slot), prepare)
      if (measured.cpuSeconds < (best[name]?.cpuSeconds ?? Infinity)) best[name] = measured
      slot += SLOTS_A_ROUND
    }
  }
  sender.kill()
  server.close()
  const count = SLOTS_A_ROUND * PROBES * MONITORS_EACH
  console.log(`${machine()}, PostgreSQL 18 on the same machine; ${count} results a round`)
  show(best)
}

/** CPU seconds are for a million results. */
type Measured = { perSecond: number; node: number; postgres: number; cpuSeconds: number }

function show(best: Record<string, Measured>): void {
  const rows = Object.entries(best).map(
    ([name, { perSecond, node, postgres, cpuSeconds }], nth) => {
      const before = Object.values(best)[nth - 1]?.cpuSeconds
      const more = before === undefined ? '' : `${Math.round((cpuSeconds / before - 1) * 100)} %`
      return {
        '': name,
        'results/s': Math.round(perSecond),
        'CPU s per million, Node': Math.round(node),
        'CPU s per million, PostgreSQL': Math.round(postgres),
        'more than the row above': more,
      }
    },
  )
  console.table(rows)
}

async function measure(sandbox: Sandbox, lanes: Lanes, prepare: Round): Promise<Measured> {
  const run = await prepare(lanes)
  await sandbox.database.pool.query('TRUNCATE checks')
  const pid = postgresPid(sandbox)
  const serverBefore = cpuSecondsOfTree(pid)
  const ownBefore = process.cpuUsage()
  const startedAt = performance.now()
  await run()
  const seconds = (performance.now() - startedAt) / 1_000
  const own = process.cpuUsage(ownBefore)
  const count = lanes.flat().length * MONITORS_EACH
  const node = ((own.user + own.system) / 1e6 / count) * 1e6
  const postgres = ((cpuSecondsOfTree(pid) - serverBefore) / count) * 1e6
  return { perSecond: count / seconds, node, postgres, cpuSeconds: node + postgres }
}

function lanesOf(probes: BenchProbe[], firstSlot: number): Lanes {
  return Array.from({ length: LANES }, (_, lane) => {
    const own = probes.filter((_probe, nth) => nth % LANES === lane)
    const slots = Array.from({ length: SLOTS_A_ROUND }, (_slot, nth) => firstSlot + nth)
    return slots.flatMap((slot) =>
      own.map((probe) => ({ probe, results: resultsOf(probe, SLOTS_FROM_MS, slot) })),
    )
  })
}

async function recordAll(deps: Deps, lanes: Lanes): Promise<void> {
  await Promise.all(
    lanes.map(async (lane) => {
      for (const { probe, results } of lane) {
        const { region } = probe
        await recordResults(
          deps,
          results.map(({ decidableFrom: _, ...result }) => ({ ...result, region, fence: null })),
        )
      }
    }),
  )
}

/** The probes are another process: what it costs to sign and send is not counted. */
function throughHttp(sender: ChildProcess, server: Server, path: string): Round {
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}${path}`
  return async (lanes) => {
    const errands = lanes.map((lane) =>
      lane.map(({ probe: { keyId, secret }, results }) => ({ keyId, secret, results })),
    )
    sender.send({ url, lanes: errands })
    await heard(sender, 'ready')
    return async () => {
      sender.send('go')
      await heard(sender, 'done')
    }
  }
}

async function heard(sender: ChildProcess, word: string): Promise<void> {
  const [said] = await once(sender, 'message')
  invariant(said === word, `the sender says ${word}, not ${said}`)
}

/** The endpoint, and beside it the same without a signature. */
async function listen(deps: Deps): Promise<Server> {
  const web = new Hono<Web>()
  web.route('/', syncRoutes(deps))
  const intake = createIntake(deps)
  web.post('/unsigned', async (c) => {
    const headers = readHeaders(c.env.incoming.headers)
    const body = await readBody(c.env.incoming)
    const key = await readProbeKey(deps.database.pool, headers!.probeId)
    const request = readSyncRequest(Buffer.from(body!).toString())
    invariant(key && !('problem' in request), 'the sender sends what is right')
    return c.json(await takeSync(deps, intake, key, request))
  })
  const server = createAdaptorServer({ fetch: web.fetch }) as Server
  server.listen(0)
  await once(server, 'listening')
  return server
}

await main()
