import { request as send, Agent } from 'node:http'
import { text } from 'node:stream/consumers'
import type { ProbeResult, SyncRequest } from '../core/probe-protocol.ts'
import { importSecret, signMessage } from '../core/signature.ts'

/** What one round sends: each batch by its probe, in the order of its slots. */
export type Errand = {
  url: string
  lanes: { keyId: string; secret: string; results: ProbeResult[] }[][]
}

type Prepared = { headers: Record<string, string>; body: Buffer }

/** Told of a round, it signs everything and says so; told to go, it sends and says when all is answered. */
process.on('message', async (message: Errand | 'go') => {
  if (message === 'go') return go()
  prepared = await Promise.all(message.lanes.map(prepareLane))
  url = message.url
  process.send?.('ready')
})

let prepared: Prepared[][] = []
let url = ''
const agent = new Agent({ keepAlive: true })

async function go(): Promise<void> {
  await Promise.all(
    prepared.map(async (lane) => {
      for (const one of lane) await post(one)
    }),
  )
  process.send?.('done')
}

async function prepareLane(lane: Errand['lanes'][number]): Promise<Prepared[]> {
  const batches: Prepared[] = []
  for (const { keyId, secret, results } of lane) {
    const body = JSON.stringify(syncOf(results))
    const id = crypto.randomUUID()
    const timestampSeconds = Math.floor(Date.now() / 1000)
    const key = await importSecret(secret)
    batches.push({
      body: Buffer.from(body),
      headers: {
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'probe-id': keyId,
        'webhook-id': id,
        'webhook-timestamp': String(timestampSeconds),
        'webhook-signature': await signMessage(key, { id, timestampSeconds, body }),
      },
    })
  }
  return batches
}

function syncOf(results: ProbeResult[]): SyncRequest {
  return {
    version: 'bench',
    capabilities: ['HTTP'],
    colo: null,
    shard: null,
    assignmentsVersion: null,
    sentAt: Date.now(),
    unhealthySince: null,
    results,
  }
}

async function post({ headers, body }: Prepared): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  send(url, { method: 'POST', agent, headers }, async (response) => {
    const answer = await text(response)
    const isTaken = response.statusCode === 200 && !answer.includes('REFUSED')
    if (isTaken) resolve()
    else reject(new Error(`Not taken: ${response.statusCode} ${answer.slice(0, 500)}`))
  })
    .on('error', reject)
    .end(body)
  await promise
}
