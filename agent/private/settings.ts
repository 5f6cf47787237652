import { resolve } from 'node:path'
import { type OutboundPolicy, parseCidrs } from '../../core/address.ts'
import {
  DEFAULT_REFERENCE_TARGETS,
  parseReferenceTargets,
  type ReferenceTarget,
} from '../../core/health.ts'
import { importSecret } from '../../core/signature.ts'
import { type LogLevel, logLevels } from './log.ts'

export type Settings = {
  /** Where it syncs. */
  syncUrl: URL
  probeId: string
  secret: CryptoKey
  dataDir: string
  outbound: OutboundPolicy
  references: ReferenceTarget[]
  logLevel: LogLevel
}

/** What was set wrongly: each by name and rule, never by value. */
export type Mistakes = { mistakes: string[] }

/** Reads every variable once. */
export async function readSettings(variables: NodeJS.ProcessEnv): Promise<Settings | Mistakes> {
  const mistakes: string[] = []
  const read = <T>(name: string, parse: (text: string) => Parsed<T>, fallback = ''): T => {
    const parsed = parse(variables[name]?.trim() || fallback)
    if ('rule' in parsed) mistakes.push(`${name} ${parsed.rule}`)
    // Used only where there are no mistakes.
    return ('rule' in parsed ? undefined : parsed.value) as T
  }
  const settings = {
    syncUrl: read('PHAROS_URL', parseUrl),
    probeId: read('PROBE_ID', parseId),
    dataDir: read('DATA_DIR', (text) => ({ value: resolve(text) }), '.data'),
    outbound: read('OUTBOUND_ALLOW_CIDRS', parseOutbound),
    references: read('REFERENCE_TARGETS', parseReferences, DEFAULT_REFERENCE_TARGETS),
    logLevel: read('LOG_LEVEL', parseLevel, 'info'),
  }
  const secret = await importSecret(variables['PROBE_SECRET']?.trim() ?? '').catch(() => null)
  if (!secret) mistakes.push('PROBE_SECRET must be the secret (whsec_…) that was shown once')
  return secret && mistakes.length === 0 ? { ...settings, secret } : { mistakes }
}

type Parsed<T> = { value: T } | { rule: string }

function parseUrl(text: string): Parsed<URL> {
  const url = URL.parse(`${text.replace(/\/+$/, '')}/probe/sync`)
  const isRight = url !== null && ['http:', 'https:'].includes(url.protocol)
  return isRight
    ? { value: url }
    : { rule: 'must be the address of Pharos, such as https://pharos.example.com' }
}

function parseId(text: string): Parsed<string> {
  const isRight = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)
  return isRight ? { value: text } : { rule: "must be the probe's keyId, as registerProbe gave it" }
}

function parseOutbound(text: string): Parsed<OutboundPolicy> {
  const parsed = parseCidrs(text)
  return 'problem' in parsed ? { rule: parsed.problem } : { value: { allow: parsed.cidrs } }
}

function parseReferences(text: string): Parsed<ReferenceTarget[]> {
  const parsed = parseReferenceTargets(text)
  return 'problem' in parsed ? { rule: parsed.problem } : { value: parsed }
}

function parseLevel(text: string): Parsed<LogLevel> {
  const level = logLevels.find((one) => one === text)
  return level ? { value: level } : { rule: `must be one of ${logLevels.join(', ')}` }
}
