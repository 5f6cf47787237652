import { z } from 'zod'
import { type OutboundPolicy, parseCidrs } from '../core/address.ts'
import { parseReferenceTargets, type ReferenceTarget } from '../core/health.ts'
import { EDGE_REGIONS } from '../core/probe-protocol.ts'

const MAX_SHARD_SIZE = 10_000
/** Of the paid plan. */
const MAX_SUBREQUESTS = 10_000

/** The variables of wrangler.toml and the two secrets; they come as text or not at all. */
export type Variables = z.input<typeof variables>

export type EdgeRegion = (typeof EDGE_REGIONS)[number]

/** With what the probe of one region signs. */
export type ProbeKey = { region: EdgeRegion; probeId: string; secret: string }

export type Settings = {
  syncUrl: string
  keys: ProbeKey[]
  /** How many monitors one Durable Object takes on before its region gets more of them. */
  shardSize: number
  /** What the platform's plan grants one invocation. */
  subrequests: number
  dohUrl: string
  /** Where Cloudflare says in which place it runs; null: nobody asks. */
  traceUrl: string | null
  policy: OutboundPolicy
  references: ReferenceTarget[]
}

/** The settings, or all that is wrong with them in sentences that quote no value. */
export function readSettings(given: Variables): { settings: Settings } | { problems: string[] } {
  const parsed = variables.safeParse(given)
  if (!parsed.success) return { problems: parsed.error.issues.map(inWords) }
  const { PHAROS_URL, PHAROS_KEYS, REGIONS, ...others } = parsed.data
  const stray = PHAROS_KEYS.find(({ region }) => !REGIONS.includes(region))
  if (stray) return { problems: [`PHAROS_KEYS has a key of ${stray.region}, REGIONS has not`] }
  return {
    settings: {
      syncUrl: new URL('/probe/sync', PHAROS_URL).href,
      keys: PHAROS_KEYS,
      shardSize: others.SHARD_SIZE,
      subrequests: others.SUBREQUESTS,
      dohUrl: others.DOH_URL,
      traceUrl: others.TRACE_URL || null,
      policy: { allow: others.OUTBOUND_ALLOW_CIDRS },
      references: others.REFERENCE_TARGETS,
    },
  }
}

const KEY = /^[a-z]+:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:whsec_[A-Za-z0-9+/]{32,88}={0,2}$/

const url = z.url({ protocol: /^https?$/, error: 'must be an address such as https://example.com' })

const regions = z
  .string()
  .transform(split)
  .pipe(z.array(z.enum(EDGE_REGIONS, `must name regions among ${EDGE_REGIONS.join(', ')}`)).min(1))

const keys = z
  .string('must be set: wrangler secret put PHAROS_KEYS')
  .transform(split)
  .pipe(z.array(z.string().regex(KEY, 'must be region:probe-id:whsec_…, comma-separated')))
  .transform((texts) => texts.map(readKey))
  .refine((all) => new Set(all.map(({ region }) => region)).size === all.length, {
    error: 'must have one key for each region',
  })

const cidrs = z.string().transform((text, context) => {
  const parsed = parseCidrs(text)
  if ('cidrs' in parsed) return parsed.cidrs
  context.addIssue('must be ranges such as 10.0.0.0/8, comma-separated')
  return z.NEVER
})

const references = z.string().transform((text, context) => {
  const parsed = parseReferenceTargets(text)
  if (Array.isArray(parsed)) return parsed
  context.addIssue(parsed.problem)
  return z.NEVER
})

const variables = z.object({
  PHAROS_URL: z
    .string('must be set: wrangler secret put PHAROS_URL')
    .refine(isConfidential, 'must be an address that starts with https://'),
  PHAROS_KEYS: keys,
  REGIONS: regions,
  SHARD_SIZE: z.coerce.number().int().min(1).max(MAX_SHARD_SIZE),
  SUBREQUESTS: z.coerce.number().int().min(50).max(MAX_SUBREQUESTS),
  DOH_URL: url,
  TRACE_URL: z.literal('').or(url),
  OUTBOUND_ALLOW_CIDRS: cidrs,
  REFERENCE_TARGETS: references,
})

/** Assignments carry what is to be sent to targets, credentials among it. */
function isConfidential(text: string): boolean {
  const url = URL.parse(text)
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url))
}

function isLoopback({ hostname }: URL): boolean {
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function split(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
}

/** Its form was looked at before. */
function readKey(text: string): ProbeKey {
  const [region, probeId, secret] = text.split(':') as [EdgeRegion, string, string]
  return { region, probeId, secret }
}

function inWords({ path, message }: z.core.$ZodIssue): string {
  return `${String(path[0])} ${message}`
}
