import { z } from 'zod'
import { judgeAddress, type OutboundPolicy } from '../../core/address.ts'
import { addressProblem } from '../../core/email-address.ts'
import type { WatchKind } from '../../core/check.ts'
import { parseIp } from '../../core/ip.ts'
import { parseTarget } from '../../core/target.ts'
import { parseInput } from '../input.ts'
import { LOCAL_REGION } from '../probes/assignment.ts'
import { Refusal } from '../refusal.ts'
import { type AssertionInput, assertionRules, MAX_ASSERTIONS } from './assertion-input.ts'
import { changedHttp, type HttpInput, httpRules, newHttp } from './http-input.ts'
import { type MonitorSettings, monitorKinds } from './monitor.ts'
import {
  complete,
  type Given,
  listOf,
  overlay,
  plainTextRule,
  textUnder,
  wholeNumber,
} from './rules.ts'

const MAX_NAME_LENGTH = 200
const MIN_INTERVAL_SECONDS = 10
const MAX_INTERVAL_SECONDS = 86_400
const MIN_TIMEOUT_MS = 100
const MAX_TIMEOUT_MS = 30_000
const MAX_THRESHOLD = 20
const MAX_REGIONS = 20
/** Where a monitor can be checked from. */
const REGIONS = [LOCAL_REGION]

/** What a caller says of a monitor. */
export type MonitorInput = Given<PlainSettings> & { http?: HttpInput | null }

type PlainSettings = Omit<MonitorSettings, 'kind' | 'http' | 'assertions'> & {
  kind: WatchKind
  assertions: AssertionInput[]
}

/** A new monitor's settings: what is left out or null takes its default. */
export function parseNewMonitor(input: MonitorInput, outbound: OutboundPolicy): MonitorSettings {
  const { http, ...plain } = input
  const candidate = {
    ...complete<PlainSettings>(defaults, plain),
    http: newHttp(http ?? {}),
  }
  return parseInput(settingsRules(outbound), candidate)
}

/** The settings after a change: what is left out stays, null clears what may be empty. */
export function parseMonitorChange(
  stored: MonitorSettings,
  input: MonitorInput,
  outbound: OutboundPolicy,
): MonitorSettings {
  const { http, ...plain } = input
  const candidate = {
    ...overlay<PlainSettings>(stored, plain),
    http: changedHttp(stored.http, http),
  }
  return parseInput(settingsRules(outbound), candidate)
}

/** As a change, where the stored HTTP expectations and assertions cannot be read: they are to be given again. */
export function parseRepair(
  stored: Omit<MonitorSettings, 'kind' | 'http' | 'assertions'>,
  input: MonitorInput,
  outbound: OutboundPolicy,
): MonitorSettings {
  const missing = (['http', 'assertions'] as const).filter((field) => input[field] == null)
  if (missing.length === 0) return parseNewMonitor(overlay<object>(stored, input), outbound)
  const message = 'must be given again: what is stored cannot be read'
  const issues = missing.map((field) => ({ path: [field], message }))
  throw new Refusal('BAD_USER_INPUT', 'The stored settings cannot be read.', { issues })
}

const defaults: PlainSettings = {
  name: '',
  kind: 'HTTP',
  target: '',
  intervalSeconds: 60,
  timeoutMs: 10_000,
  regions: [LOCAL_REGION],
  quorum: null,
  failureThreshold: 3,
  recoveryThreshold: 1,
  latencyThresholdMs: null,
  slowThreshold: 3,
  normalThreshold: 3,
  alertEmail: null,
  assertions: [],
}

const threshold = wholeNumber(1, MAX_THRESHOLD)

const plainRules = z.object({
  name: z.string('must not be empty').trim().pipe(textUnder(nameRule)),
  kind: z.enum(monitorKinds, `must be one of ${monitorKinds.join(', ')}`),
  intervalSeconds: wholeNumber(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS),
  timeoutMs: wholeNumber(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
  regions: listOf(z.enum(REGIONS, `must be one of ${REGIONS.join(', ')}`), MAX_REGIONS)
    .min(1, 'must have at least one region')
    .refine((regions) => new Set(regions).size === regions.length, 'must not repeat a region'),
  quorum: wholeNumber(1, MAX_REGIONS).nullable(),
  failureThreshold: threshold,
  recoveryThreshold: threshold,
  latencyThresholdMs: wholeNumber(1, MAX_TIMEOUT_MS).nullable(),
  slowThreshold: threshold,
  normalThreshold: threshold,
  alertEmail: textUnder(addressProblem).nullable(),
  http: httpRules,
  assertions: listOf(assertionRules, MAX_ASSERTIONS),
})

function settingsRules(outbound: OutboundPolicy) {
  return plainRules
    .extend({ target: textUnder((text) => targetRule(text, outbound)) })
    .superRefine(refuseContradictions) satisfies z.ZodType<MonitorSettings>
}

function nameRule(text: string): string | null {
  return plainTextRule(text, MAX_NAME_LENGTH)
}

/** Names are judged when they are resolved, before every connection; an address can be refused here already. */
function targetRule(text: string, outbound: OutboundPolicy): string | null {
  const target = parseTarget(text)
  if (!target.ok) return target.rule
  const host = target.url.hostname.replace(/^\[|\]$/g, '')
  if (!parseIp(host)) return null
  const verdict = judgeAddress(host, outbound)
  if (verdict.allowed) return null
  return `must not be ${verdict.reason}; to allow it, start Pharos with ${verdict.allowWith}`
}

function refuseContradictions(
  { timeoutMs, intervalSeconds, latencyThresholdMs, quorum, regions }: MonitorSettings,
  context: z.RefinementCtx,
): void {
  const refuse = (field: string, message: string) =>
    context.addIssue({ code: 'custom', path: [field], message })
  if (timeoutMs > intervalSeconds * 1000) refuse('timeoutMs', 'must not exceed the interval')
  if (latencyThresholdMs !== null && latencyThresholdMs > timeoutMs) {
    refuse('latencyThresholdMs', 'must not exceed timeoutMs: a slower check fails')
  }
  if (quorum !== null && quorum > regions.length) {
    refuse('quorum', 'must not exceed the number of regions')
  }
}
