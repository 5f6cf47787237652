import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { shardOf } from '../../core/probe-plan.ts'
import type { ProbeAssignment, ProbeResult, SyncAnswer } from '../../core/probe-protocol.ts'
import { signMessage, verifyMessage } from '../../core/signature.ts'
import { type ReadSyncRequest, readSyncRequest } from '../../core/sync-request.ts'
import type { EdgeRegion, ProbeKey } from '../settings.ts'

/** How the sink answers: properly, not at all, or signed with a secret that is not the probe's. */
export type Mood = 'UP' | 'AWAY' | 'FORGED'

export type Sync = { request: ReadSyncRequest; region: EdgeRegion }

/** What one region gets to know; `aheadMs` is by how much the sink's clock is ahead of this machine's. */
type Side = { mood: Mood; aheadMs: number; assigned: ProbeAssignment[] }

/** Speaks the server's side of the protocol, and keeps what it is told. */
export type Sink = AsyncDisposable & {
  url: string
  syncs: Sync[]
  /** Receipted ones, in the order of their arrival. */
  results: (ProbeResult & { region: EdgeRegion })[]
  assign(region: EdgeRegion, items: ProbeAssignment[]): void
  become(region: EdgeRegion, mood: Mood): void
  setClock(region: EdgeRegion, aheadMs: number): void
}

export async function startSink(keys: ProbeKey[]): Promise<Sink> {
  const syncs: Sync[] = []
  const results: Sink['results'] = []
  const sides = new Map(keys.map(({ region }) => [region, newSide()]))
  const sideOf = (region: EdgeRegion) => sides.get(region)!
  const server = http.createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString()
    const key = keys.find(({ probeId }) => probeId === incoming.headers['probe-id'])
    if (!key) return response.writeHead(401).end()
    const side = sideOf(key.region)
    const nowMs = Date.now() + side.aheadMs
    const request = await read(key, incoming, body, nowMs)
    if (!request) return response.writeHead(401).end(JSON.stringify({ serverTime: nowMs }))
    syncs.push({ request, region: key.region })
    if (side.mood === 'AWAY') return incoming.socket.destroy()
    const answer = answerTo(side, request, nowMs)
    if (side.mood === 'UP')
      results.push(...readable(request).map((result) => ({ ...result, region: key.region })))
    await send(response, incoming, side.mood === 'FORGED' ? FORGERS_SECRET : key.secret, answer)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    syncs,
    results,
    assign: (region, assigned) => Object.assign(sideOf(region), { assigned }),
    become: (region, mood) => Object.assign(sideOf(region), { mood }),
    setClock: (region, aheadMs) => Object.assign(sideOf(region), { aheadMs }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const FORGERS_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

function newSide(): Side {
  return { mood: 'UP', aheadMs: 0, assigned: [] }
}

async function read(
  { secret }: ProbeKey,
  { headers }: http.IncomingMessage,
  body: string,
  nowMs: number,
): Promise<ReadSyncRequest | null> {
  const signed = {
    id: String(headers['webhook-id']),
    timestamp: String(headers['webhook-timestamp']),
    signature: String(headers['webhook-signature']),
  }
  if (!(await verifyMessage([secret], signed, body, nowMs)).isValid) return null
  const request = readSyncRequest(body)
  if ('problem' in request) throw new Error(`A sync cannot be read: ${request.problem}`)
  return request
}

function readable({ results }: ReadSyncRequest): ProbeResult[] {
  return results.map((read) => {
    if ('refused' in read) throw new Error(`A result cannot be read: ${read.refused}`)
    return read.result
  })
}

function answerTo({ assigned }: Side, request: ReadSyncRequest, nowMs: number): SyncAnswer {
  const { shard, assignmentsVersion, results } = request
  const items = assigned.filter(
    ({ monitorId }) => shard === null || shardOf(monitorId, shard.of) === shard.index,
  )
  const version = createHash('sha256').update(JSON.stringify(items)).digest('hex')
  return {
    serverTime: nowMs,
    receipts: results.map(() => ({ status: 'ACCEPTED' })),
    assignments: assignmentsVersion === version ? null : { version, items },
  }
}

async function send(
  response: http.ServerResponse,
  { headers }: http.IncomingMessage,
  secret: string,
  answer: SyncAnswer,
): Promise<void> {
  const id = String(headers['webhook-id'])
  const timestampSeconds = Math.floor(answer.serverTime / 1000)
  const body = JSON.stringify(answer)
  response.writeHead(200, {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(secret, { id, timestampSeconds, body }),
  })
  response.end(body)
}
