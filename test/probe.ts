import { randomUUID } from 'node:crypto'
import { uuidOf } from '../api/graphql/ids.ts'
import type {
  ProbeAssignment,
  ProbeResult,
  SyncAnswer,
  SyncRequest,
} from '../core/probe-protocol.ts'
import { signMessage, verifyMessage } from '../core/signature.ts'
import { slotAtOrAfter } from '../core/slot.ts'
import { readSyncAnswer } from '../core/sync-answer.ts'
import { probeResult } from '../core/testing/probe-result.ts'
import type { Person } from './people.ts'

/** A probe as its operator has it: the key, and the secret that was shown once. */
export type TestProbe = { id: string; keyId: string; secret: string; region: string }

const REGISTER = `mutation ($input: RegisterProbeInput!) { registerProbe(input: $input) {
  secret probe { id keyId region } } }`

export async function registerProbe(
  person: Person,
  region: string,
  input: { kind?: 'AGENT' | 'EDGE'; isShared?: boolean } = {},
): Promise<TestProbe> {
  const { data, errors } = await person.ask(REGISTER, { input: { name: region, region, ...input } })
  if (!data) throw new Error(`No probe: ${JSON.stringify(errors)}`)
  const { secret, probe } = data.registerProbe
  return { ...probe, secret }
}

export type SyncHeaders = Record<
  'probe-id' | 'webhook-id' | 'webhook-timestamp' | 'webhook-signature',
  string
>

/** A sync that says nothing but what is given. */
export function syncBody(given: Partial<SyncRequest> = {}): string {
  const request: SyncRequest = {
    version: '1.0.0',
    capabilities: ['HTTP', 'TCP', 'PING', 'DNS', 'TLS'],
    colo: null,
    shard: null,
    assignmentsVersion: null,
    sentAt: Date.now(),
    unhealthySince: null,
    results: [],
    ...given,
  }
  return JSON.stringify(request)
}

export async function signSync(
  { keyId, secret }: Pick<TestProbe, 'keyId' | 'secret'>,
  body: string,
  { id = randomUUID(), at = Date.now() } = {},
): Promise<SyncHeaders> {
  const timestampSeconds = Math.floor(at / 1000)
  return {
    'probe-id': keyId,
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': await signMessage(secret, { id, timestampSeconds, body }),
  }
}

export type SyncOutcome = {
  status: number
  headers: Headers
  text: string
  /** Null unless it is one, signed with the probe's secret for this very message. */
  answer: SyncAnswer | null
}

export async function post(
  url: string,
  headers: SyncHeaders,
  body: string,
  secret: string | null = null,
): Promise<SyncOutcome> {
  const response = await fetch(`${url}/probe/sync`, {
    method: 'POST',
    headers: { ...headers },
    body,
  })
  const text = await response.text()
  const { status } = response
  if (status !== 200 || secret === null)
    return { status, headers: response.headers, text, answer: null }
  const [id = '', timestamp = '', signature = ''] = ['id', 'timestamp', 'signature'].map(
    (name) => response.headers.get(`webhook-${name}`) ?? '',
  )
  const sentAt = Number(headers['webhook-timestamp']) * 1000
  const verdict = await verifyMessage([secret], { id, timestamp, signature }, text, sentAt)
  const isOurs = verdict.isValid && id === headers['webhook-id']
  const answer = isOurs ? readSyncAnswer(text) : null
  return { status, headers: response.headers, text, answer }
}

/** One sync from beginning to end. */
export async function sync(
  url: string,
  probe: TestProbe,
  given: Partial<SyncRequest> = {},
): Promise<SyncOutcome> {
  const body = syncBody(given)
  return post(url, await signSync(probe, body), body, probe.secret)
}

/** The answer of a sync that must succeed. */
export async function syncOk(
  url: string,
  probe: TestProbe,
  given: Partial<SyncRequest> = {},
): Promise<SyncAnswer> {
  const { status, text, answer } = await sync(url, probe, given)
  if (!answer) throw new Error(`Not synced: ${status} ${text}`)
  return answer
}

/** The assignments that the probe is told when it holds none. */
export async function assignmentsOf(url: string, probe: TestProbe): Promise<ProbeAssignment[]> {
  const { assignments } = await syncOk(url, probe)
  return assignments?.items ?? []
}

/** A result of the current slot, as the probe would report it. */
export function resultOf(
  { monitorId, intervalSeconds, decidableFrom }: ProbeAssignment,
  given: Partial<ProbeResult> = {},
): ProbeResult {
  const now = Date.now()
  const scheduledAt = slotAtOrAfter({ monitorId, intervalSeconds }, now - intervalSeconds * 1000)
  return probeResult({ monitorId, decidableFrom, scheduledAt, checkedAt: now, ...given })
}

const CREATE = `mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) {
  monitor { id } } }`

/** A monitor that is watched from these regions; its id as the database has it. */
export async function watchFrom(
  person: Person,
  regions: string[],
  wish: object = {},
): Promise<string> {
  const input = { name: 'Shop', kind: 'HTTP', target: 'https://shop.example/', regions, ...wish }
  const { data, errors } = await person.ask(CREATE, { input })
  if (!data) throw new Error(`No monitor: ${JSON.stringify(errors)}`)
  return uuidOf('Monitor', data.createMonitor.monitor.id)
}
