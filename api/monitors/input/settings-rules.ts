import { z } from 'zod'
import type { OutboundPolicy } from '../../../core/address.ts'
import { sourcesOf } from '../../../core/assertion.ts'
import type { Assertion, CheckKind, WatchKind } from '../../../core/check.ts'
import { addressProblem } from '../../../core/email-address.ts'
import { LOCAL_REGION } from '../../probes/assignment.ts'
import type { OfferedRegion } from '../../probes/regions/region.ts'
import { blockOf, kinds, watchKinds } from '../kinds/kinds.ts'
import { assertionRules, MAX_ASSERTIONS } from './assertion-input.ts'
import { clearable, listOf, plainTextRule, textUnder, wholeNumber, yesOrNo } from './rules.ts'

const MAX_NAME_LENGTH = 200
const MIN_INTERVAL_SECONDS = 10
const MAX_INTERVAL_SECONDS = 86_400
const MIN_TIMEOUT_MS = 100
const MAX_TIMEOUT_MS = 30_000
const MAX_THRESHOLD = 20
const MAX_REGIONS = 20

/** What an input is judged by beside itself. */
export type Scope = {
  outbound: OutboundPolicy
  /** Where the workspace's monitors can be checked from. */
  regions: readonly OfferedRegion[]
  nowMs: number
  /** A target that stays is not held to a policy that was tightened since: the probe tells of it. */
  keptTarget?: string
}

const everyKind = { name: '', failureThreshold: 3, recoveryThreshold: 1, alertEmail: null }

/** Settings of how to go and look, with their defaults: nobody chooses them for a heartbeat. */
export const checkedOnly = {
  target: '',
  intervalSeconds: 60,
  timeoutMs: 10_000,
  regions: [LOCAL_REGION],
  quorum: null,
  latencyThresholdMs: null,
  slowThreshold: 3,
  normalThreshold: 3,
  certificateAlerts: true,
  assertions: [],
}

/** The settings that a person chooses for a monitor of this kind, with their defaults. */
export function defaultsOf(kind: WatchKind): object {
  // A job tells by itself that it failed: there is nothing to look at again.
  if (kind === 'HEARTBEAT') return { ...everyKind, failureThreshold: 1 }
  return { ...everyKind, ...checkedOnly }
}

/** Rules of a whole input, with the kind's block under its name; what belongs to other kinds must be left out. */
export function settingsRules(kind: WatchKind, scope: Scope): z.ZodType<Record<string, unknown>> {
  const block = { [blockOf(kind)]: kinds[kind].rules(scope.outbound) }
  const others = watchKinds.filter((other) => other !== kind).map(blockOf)
  if (kind === 'HEARTBEAT') {
    const absent = leftOut([...others, ...Object.keys(checkedOnly)], kind)
    return z.object({ ...everyKindRules, ...block, ...absent })
  }
  return z
    .object({ ...everyKindRules, ...checkedRules(kind, scope), ...block, ...leftOut(others, kind) })
    .superRefine(refuseContradictions)
}

const threshold = wholeNumber(1, MAX_THRESHOLD)

const everyKindRules = {
  name: z.string('must not be empty').trim().pipe(textUnder(nameRule)),
  failureThreshold: threshold,
  recoveryThreshold: threshold,
  alertEmail: textUnder(addressProblem).nullable(),
}

function checkedRules(kind: CheckKind, { outbound, regions, keptTarget }: Scope) {
  const targetRule = (text: string) =>
    text === keptTarget ? null : kinds[kind].targetRule(text, outbound)
  return {
    intervalSeconds: wholeNumber(MIN_INTERVAL_SECONDS, MAX_INTERVAL_SECONDS),
    timeoutMs: wholeNumber(MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
    regions: regionsRules(kind, regions),
    quorum: wholeNumber(1, MAX_REGIONS).nullable(),
    latencyThresholdMs: wholeNumber(1, MAX_TIMEOUT_MS).nullable(),
    slowThreshold: threshold,
    normalThreshold: threshold,
    certificateAlerts: yesOrNo,
    assertions: clearable(listOf(assertionRules, MAX_ASSERTIONS).superRefine(refuseSources(kind))),
    target: textUnder(targetRule),
  }
}

function regionsRules(kind: CheckKind, offered: readonly OfferedRegion[]) {
  const names = offered.map(({ region }) => region)
  const region = z
    .enum(names, `must be one of ${names.join(', ')}`)
    .superRefine((name, context) => {
      const able = offered.find((one) => one.region === name)?.kinds ?? []
      if (able.includes(kind)) return
      const message = `cannot run ${kind}: what can be checked from ${name} is ${able.join(', ')}`
      context.addIssue({ code: 'custom', message })
    })
  return listOf(region, MAX_REGIONS)
    .min(1, 'must have at least one region')
    .refine((regions) => new Set(regions).size === regions.length, 'must not repeat a region')
}

function refuseSources(kind: CheckKind) {
  const sources = sourcesOf(kind)
  return (assertions: Assertion[], context: z.RefinementCtx): void => {
    for (const [index, { source }] of assertions.entries()) {
      if (sources.includes(source)) continue
      const message = `must be one of ${sources.join(', ')} for ${kind}`
      context.addIssue({ code: 'custom', path: [index, 'source'], message })
    }
  }
}

function leftOut(fields: string[], kind: WatchKind) {
  const absent = z.null(`must be left out for ${kind}`).optional()
  return Object.fromEntries(fields.map((field) => [field, absent]))
}

function nameRule(text: string): string | null {
  return plainTextRule(text, MAX_NAME_LENGTH)
}

type Contradictable = {
  timeoutMs: number
  intervalSeconds: number
  latencyThresholdMs: number | null
  quorum: number | null
  regions: string[]
}

function refuseContradictions(
  { timeoutMs, intervalSeconds, latencyThresholdMs, quorum, regions }: Contradictable,
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
