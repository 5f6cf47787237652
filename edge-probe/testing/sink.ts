import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { shardOf } from '../../core/probe-plan.ts'
import type { ProbeAssignment, ProbeResult, SyncAnswer } from '../../core/probe-protocol.ts'
import { signMessage, verifyMessage } from '../../core/signature.ts'
import { type ReadSyncRequest, readSyncRequest } from '../../core/sync-request.ts'
import type { ProbeKey } from '../settings.ts'

/** How the sink answers: properly, not at all, with an error, or signed with a secret that nobody knows. */
export type Mood = 'UP' | 'AWAY' | 'BUSY' | 'FORGED'

export type Sync = { request: ReadSyncRequest; region: string; at: number; mood: Mood }

/** Speaks the server's side of the protocol, and keeps what it is told. */
export type Sink = AsyncDisposable & {
  url: string
  syncs: Sync[]
  /** Receipted ones, in the order of their arrival. */
  results: (ProbeResult & { region: string })[]
  assign(region: string, items: ProbeAssignment[]): void
  become(mood: Mood): void
}

export async function startSink(keys: ProbeKey[]): Promise<Sink> {
  const syncs: Sync[] = []
  const results: Sink['results'] = []
  const assigned = new Map<string, ProbeAssignment[]>()
  let mood: Mood = 'UP'
  let version = 0

  const answer = (region: string, request: ReadSyncRequest): SyncAnswer => {
    const { shard, assignmentsVersion } = request
    const isMine = ({ monitorId }: ProbeAssignment) =>
      shard === null || shardOf(monitorId, shard.of) === shard.index
    const held = `v${version}-${shard?.index}-${shard?.of}`
    const items = (assigned.get(region) ?? []).filter(isMine)
    for (const read of request.results) {
      if ('refused' in read) throw new Error(`A result cannot be read: ${read.refused}`)
      results.push({ ...read.result, region })
    }
    return {
      serverTime: Date.now(),
      receipts: request.results.map(() => ({ status: 'ACCEPTED' })),
      assignments: assignmentsVersion === held ? null : { version: held, items },
    }
  }

  const server = http.createServer(async (incoming, response) => {
    const body = Buffer.concat(await incoming.toArray()).toString()
    const key = keys.find(({ probeId }) => probeId === incoming.headers['probe-id'])
    const request = key && (await read(key, incoming, body))
    if (!key || !request) return response.writeHead(401).end('{}')
    syncs.push({ request, region: key.region, at: Date.now(), mood })
    if (mood === 'AWAY') return incoming.socket.destroy()
    if (mood === 'BUSY') return response.writeHead(503).end('{}')
    const secret = mood === 'FORGED' ? FORGERS_SECRET : key.secret
    const id = String(incoming.headers['webhook-id'])
    await send(response, secret, id, JSON.stringify(answer(key.region, request)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    syncs,
    results,
    assign(region, items) {
      assigned.set(region, items)
      version++
    },
    become(next) {
      mood = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const FORGERS_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo='

async function read(
  { secret }: ProbeKey,
  { headers }: http.IncomingMessage,
  body: string,
): Promise<ReadSyncRequest | null> {
  const signed = {
    id: String(headers['webhook-id']),
    timestamp: String(headers['webhook-timestamp']),
    signature: String(headers['webhook-signature']),
  }
  if (!(await verifyMessage([secret], signed, body, Date.now())).isValid) return null
  const request = readSyncRequest(body)
  if ('problem' in request) throw new Error(`A sync cannot be read: ${request.problem}`)
  return request
}

async function send(response: http.ServerResponse, secret: string, id: string, body: string) {
  const timestampSeconds = Math.floor(Date.now() / 1000)
  response.writeHead(200, {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(secret, { id, timestampSeconds, body }),
  })
  response.end(body)
}
