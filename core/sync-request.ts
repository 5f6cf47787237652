import { z } from 'zod'
import type { CheckKind, ErrorKind, FindingDetails, Phases } from './check.ts'
import { parseJson } from './json.ts'
import {
  AGENT_CAPABILITIES,
  MAX_CERTIFICATE_NAME_LENGTH,
  MAX_CHAIN_LENGTH,
  MAX_MESSAGE_LENGTH,
  MAX_RECORD_LENGTH,
  MAX_RECORDS,
  MAX_RESULTS_PER_SYNC,
  type ProbeResult,
  type SyncRequest,
} from './probe-protocol.ts'
import { dnsResponseCodes } from './vocabulary.ts'

/** Year 9999: what Postgres and Date both take. */
const MAX_INSTANT = 253_402_300_799_999
const MAX_DURATION_MS = 3_600_000
/** A smallint. */
const MAX_ATTEMPT = 32_767
const MAX_SHARDS = 64
const MAX_CAPABILITIES = 32
const MAX_WORD_LENGTH = 64
const MAX_ADDRESS_LENGTH = 64

/** A result, or why it cannot be read: one bad result spoils none of the others. */
export type ReadResult = { result: ProbeResult } | { refused: string }

export type ReadSyncRequest = Omit<SyncRequest, 'results'> & { results: ReadResult[] }

/** The body of a sync as the server reads it; `problem` where it is no sync at all. */
export function readSyncRequest(body: string): ReadSyncRequest | { problem: string } {
  const json = parseJson(body)
  if (json === undefined) return { problem: 'the body is not JSON' }
  const parsed = envelope.safeParse(json)
  if (!parsed.success) return { problem: problemOf(parsed.error) }
  return { ...parsed.data, results: parsed.data.results.map(readResult) }
}

function readResult(given: unknown): ReadResult {
  const parsed = probeResult.safeParse(given)
  return parsed.success ? { result: parsed.data } : { refused: problemOf(parsed.error) }
}

const instant = z.int().min(0).max(MAX_INSTANT)
const duration = z.number().min(0).max(MAX_DURATION_MS).nullable()
const word = z
  .string()
  .regex(/^[\x21-\x7e]+$/)
  .max(MAX_WORD_LENGTH)
const yesOrNo = z.boolean().nullable()

const envelope = z.object({
  version: word,
  // A probe newer than its server may know kinds that the server does not.
  capabilities: z.array(word).max(MAX_CAPABILITIES).transform(knownKinds),
  colo: word.nullable(),
  shard: z
    .object({ index: z.int().min(0), of: z.int().min(1).max(MAX_SHARDS) })
    .refine(({ index, of }) => index < of, 'has an index below `of`')
    .nullable(),
  assignmentsVersion: word.nullable(),
  sentAt: instant,
  unhealthySince: instant.nullable(),
  results: z.array(z.unknown()).max(MAX_RESULTS_PER_SYNC),
}) satisfies z.ZodType<Omit<SyncRequest, 'results'> & { results: unknown[] }, unknown>

const UNTELLING = ['BLOCKED_TARGET', 'PROBE_FAILURE'] as const

/** All that a probe may find; what concerns heartbeats is decided by the server alone. */
const errorKinds = [
  ...UNTELLING,
  'DNS_FAILURE',
  'CONNECTION_REFUSED',
  'CONNECTION_RESET',
  'CONNECTION_FAILED',
  'TLS_FAILURE',
  'TIMEOUT',
  'INVALID_RESPONSE',
  'BODY_TOO_LARGE',
  'TOO_MANY_REDIRECTS',
  'UNEXPECTED_STATUS',
  'ASSERTION_FAILED',
  'UNEXPECTED_RESPONSE',
  'PACKET_LOSS',
] as const satisfies Exclude<ErrorKind, 'HEARTBEAT_MISSED' | 'HEARTBEAT_FAILED'>[]

const phases: z.ZodType<Phases> = z.object({
  resolveMs: duration,
  connectMs: duration,
  tlsMs: duration,
  processingMs: duration,
  transferMs: duration,
})

const details = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('PING'),
    sent: z.int().min(0).max(MAX_RECORDS),
    received: z.int().min(0).max(MAX_RECORDS),
    minMs: duration,
    maxMs: duration,
  }),
  z.object({
    kind: z.literal('DNS'),
    responseCode: z.enum(dnsResponseCodes).nullable(),
    records: z.array(text(MAX_RECORD_LENGTH)).max(MAX_RECORDS),
  }),
  z.object({
    kind: z.literal('TLS'),
    protocol: word,
    cipher: word,
    chain: z
      .array(
        z.object({
          subject: text(MAX_CERTIFICATE_NAME_LENGTH),
          issuer: text(MAX_CERTIFICATE_NAME_LENGTH),
          validFrom: z.int().min(-MAX_INSTANT).max(MAX_INSTANT),
          validTo: z.int().min(-MAX_INSTANT).max(MAX_INSTANT),
        }),
      )
      .max(MAX_CHAIN_LENGTH),
  }),
]) satisfies z.ZodType<Extract<FindingDetails, { kind: CheckKind }>>

const probeResult = z
  .object({
    monitorId: z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    decidableFrom: instant,
    scheduledAt: instant,
    attempt: z.int().min(0).max(MAX_ATTEMPT),
    checkedAt: instant,
    outcome: z.enum(['UP', 'DOWN', 'UNKNOWN']),
    errorKind: z.enum(errorKinds).nullable(),
    message: text(MAX_MESSAGE_LENGTH).nullable(),
    httpStatus: z.int().min(100).max(999).nullable(),
    dnsOk: yesOrNo,
    tlsOk: yesOrNo,
    contentOk: yesOrNo,
    latencyMs: duration,
    phases,
    certificateExpiresAt: instant.nullable(),
    remoteAddress: text(MAX_ADDRESS_LENGTH).nullable(),
    details: details.nullable(),
  })
  .refine(isConsistent, {
    path: ['errorKind'],
    message: 'does not go with the outcome',
  }) satisfies z.ZodType<ProbeResult>

function knownKinds(declared: string[]): CheckKind[] {
  return AGENT_CAPABILITIES.filter((kind) => declared.includes(kind))
}

/** UP has no error, UNKNOWN one that says nothing about the target, DOWN any other. */
function isConsistent({ outcome, errorKind }: Pick<ProbeResult, 'outcome' | 'errorKind'>): boolean {
  const isUntelling = UNTELLING.some((kind) => kind === errorKind)
  switch (outcome) {
    case 'UP':
      return errorKind === null
    case 'DOWN':
      return errorKind !== null && !isUntelling
    case 'UNKNOWN':
      return isUntelling
  }
}

/** Postgres takes neither NUL nor half of a surrogate pair. */
function text(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine((given) => given.isWellFormed() && !given.includes('\0'), 'cannot be stored')
}

function problemOf({ issues: [issue] }: z.ZodError): string {
  if (!issue) return 'is not readable'
  const place = issue.path.map(String).join('.')
  return place === '' ? issue.message : `${place}: ${issue.message}`
}
