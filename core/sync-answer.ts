import { z } from 'zod'
import type { Assertion, CheckRequest, HttpAuth } from './check.ts'
import { parseJson } from './json.ts'
import type { ProbeAssignment, SyncAnswer } from './probe-protocol.ts'
import type { RegionPolicy } from './view.ts'
import {
  assertionSources,
  comparisons,
  dnsRecordTypes,
  dnsResponseCodes,
  httpMethods,
} from './vocabulary.ts'

/**
 * The answer to a sync as a probe reads it, its signature verified before; null where it is none. An
 * assignment that this probe is too old to read is left out: the others are checked.
 */
export function readSyncAnswer(body: string): SyncAnswer | null {
  const parsed = answer.safeParse(parseJson(body))
  return parsed.success ? parsed.data : null
}

const instant = z.int().min(0)
const threshold = z.int().min(1)

const assertion: z.ZodType<Assertion> = z.object({
  source: z.enum(assertionSources),
  property: z.string().nullable(),
  comparison: z.enum(comparisons),
  target: z.string().nullable(),
})

const auth: z.ZodType<HttpAuth> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('BASIC'), username: z.string(), password: z.string() }),
  z.object({ type: z.literal('BEARER'), token: z.string() }),
])

const common = {
  target: z.string().min(1),
  timeoutMs: z.int().min(1),
  assertions: z.array(assertion),
}

const checkRequest: z.ZodType<CheckRequest> = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('HTTP'),
    ...common,
    expectations: z.object({
      method: z.enum(httpMethods),
      headers: z.array(z.object({ name: z.string(), value: z.string() })),
      body: z.string().nullable(),
      auth: auth.nullable(),
      followRedirects: z.boolean(),
      verifyTls: z.boolean(),
      expectedStatus: z.array(z.object({ from: z.int(), to: z.int() })),
    }),
  }),
  z.object({
    kind: z.literal('TCP'),
    ...common,
    expectations: z.object({
      tls: z.boolean(),
      verifyTls: z.boolean(),
      send: z.string().nullable(),
      expect: z.string().nullable(),
    }),
  }),
  z.object({
    kind: z.literal('PING'),
    ...common,
    expectations: z.object({ packets: z.int().min(1), maxLossPercent: z.number().min(0) }),
  }),
  z.object({
    kind: z.literal('DNS'),
    ...common,
    expectations: z.object({
      recordType: z.enum(dnsRecordTypes),
      resolver: z.string().nullable(),
      responseCode: z.enum(dnsResponseCodes),
    }),
  }),
  z.object({
    kind: z.literal('TLS'),
    ...common,
    expectations: z.object({ serverName: z.string().nullable(), verifyChain: z.boolean() }),
  }),
])

const policy: z.ZodType<RegionPolicy> = z.object({
  failureThreshold: threshold,
  recoveryThreshold: threshold,
  latencyThresholdMs: threshold.nullable(),
  slowThreshold: threshold,
  normalThreshold: threshold,
  intervalSeconds: z.int().min(1),
  timeoutMs: z.int().min(1),
})

const assignment: z.ZodType<ProbeAssignment> = z.object({
  monitorId: z.string(),
  decidableFrom: instant,
  intervalSeconds: z.int().min(1),
  policy,
  request: checkRequest,
})

const answer = z.object({
  serverTime: instant,
  receipts: z.array(
    z.discriminatedUnion('status', [
      z.object({ status: z.literal('ACCEPTED') }),
      z.object({ status: z.literal('REFUSED'), reason: z.string() }),
    ]),
  ),
  assignments: z
    .object({ version: z.string(), items: z.array(z.unknown()).transform(readable) })
    .nullable(),
}) satisfies z.ZodType<SyncAnswer, unknown>

function readable(items: unknown[]): ProbeAssignment[] {
  return items.flatMap((item) => assignment.safeParse(item).data ?? [])
}
