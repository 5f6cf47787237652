import type { CheckKind, CheckRequest, CheckResult } from './check.ts'
import type { RegionPolicy } from './view.ts'

/** What POST /probe/sync carries, for every probe and in both directions; signed by Standard Webhooks. */

/** Results of one sync; a probe with more sends them in several. */
export const MAX_RESULTS_PER_SYNC = 1_000

/** Body of a sync as it is sent, in bytes; refused unread beyond. */
export const MAX_SYNC_BYTES = 1_048_576

/** A probe that has not synced for so long counts as silent. */
export const SILENT_AFTER_MS = 180_000

/** How long texts and lists of a result may be; a probe clips them. */
export const MAX_MESSAGE_LENGTH = 1_000
export const MAX_RECORDS = 100
export const MAX_RECORD_LENGTH = 1_000
export const MAX_CHAIN_LENGTH = 20
export const MAX_CERTIFICATE_NAME_LENGTH = 500

/** What a Worker can run: no ICMP, and it sees no certificates. */
export const EDGE_CAPABILITIES = ['HTTP', 'TCP', 'DNS'] as const satisfies CheckKind[]

export const AGENT_CAPABILITIES = [
  'HTTP',
  'TCP',
  'PING',
  'DNS',
  'TLS',
] as const satisfies CheckKind[]

/** Where an edge probe may run: the location hints of Cloudflare's Durable Objects. */
export const EDGE_REGIONS = [
  'wnam',
  'enam',
  'sam',
  'weur',
  'eeur',
  'apac',
  'oc',
  'afr',
  'me',
] as const

/** One monitor for one probe: what to check, how often, and the policy that says when to look again soon. */
export type ProbeAssignment = {
  monitorId: string
  /** From when request and policy hold, epoch milliseconds. Goes back with each result. */
  decidableFrom: number
  intervalSeconds: number
  policy: RegionPolicy
  request: CheckRequest
}

/** One of `of` equal parts of a region's monitors (core/probe-plan.ts `shardOf`). */
export type Shard = { index: number; of: number }

/** A result as a probe tells it: its region is a property of its key, never of the body. */
export type ProbeResult = Omit<CheckResult, 'region'> & {
  /** Of the assignment it was checked under: an answer to an old question decides nothing. */
  decidableFrom: number
}

export type SyncRequest = {
  /** The probe program's version. */
  version: string
  capabilities: CheckKind[]
  /** Where the platform says that it runs; null where there is no telling. */
  colo: string | null
  shard: Shard | null
  /** Version of the assignments held; null asks for all of them. */
  assignmentsVersion: string | null
  /** The probe's clock, epoch milliseconds. */
  sentAt: number
  /** Why the region's last checks say nothing (its own network is gone); null while it is well. */
  unhealthySince: number | null
  results: ProbeResult[]
}

/** ACCEPTED covers repeats: a probe may forget the result. REFUSED says why, and it may forget it too. */
export type Receipt = { status: 'ACCEPTED' } | { status: 'REFUSED'; reason: string }

export type SyncAnswer = {
  /** Epoch milliseconds: a probe dates its checks by it. */
  serverTime: number
  /** In the order of the results. */
  receipts: Receipt[]
  /** Null: those held are still right. */
  assignments: { version: string; items: ProbeAssignment[] } | null
}
