import { z } from 'zod'
import type { WatchKind } from '../../../core/check.ts'
import { parseInput } from '../../input.ts'
import { HEARTBEAT_REGION } from '../../probes/assignment.ts'
import { type InputIssue, Refusal } from '../../refusal.ts'
import { type HeartbeatPlan, longestPauseSeconds } from '../kinds/heartbeat/plan.ts'
import {
  type BlockFields,
  type Blocks,
  blockOf,
  kinds,
  type Watch,
  watchKinds,
} from '../kinds/kinds.ts'
import type { MonitorSettings, PlainSettings, SettingsRow } from '../monitor.ts'
import type { AssertionInput } from './assertion-input.ts'
import { complete, type Given, overlay } from './rules.ts'
import { checkedOnly, defaultsOf, type Scope, settingsRules } from './settings-rules.ts'

/** What a caller says of a monitor. */
export type MonitorInput = Given<
  Omit<PlainSettings, 'assertions'> & {
    kind: WatchKind
    assertions: AssertionInput[]
  } & BlockFields
>

/** A new monitor's settings: what is left out or null takes its default. */
export function parseNewMonitor(input: MonitorInput, scope: Scope): MonitorSettings {
  const { kind } = parseInput(kindRules, input)
  return parse(kind, complete<object>(defaultsOf(kind), input), newBlock(kind, input), scope)
}

/** The settings after a change: what is left out stays, null clears what may be empty. */
export function parseMonitorChange(
  stored: MonitorSettings,
  input: MonitorInput,
  scope: Scope,
): MonitorSettings {
  const kind = kindAfter(stored, input)
  const block = kind === stored.kind ? changedBlock(stored, input) : newBlock(kind, input)
  const known = kind === stored.kind ? keeping(stored, scope) : scope
  return parse(kind, overlay(chosen(stored), input), block, known)
}

/** As a change, where the stored expectations and assertions cannot be read: they are to be given again. */
export function parseRepair(
  stored: SettingsRow,
  input: MonitorInput,
  scope: Scope,
): MonitorSettings {
  const kind = kindAfter(stored, input)
  const lost = kind === 'HEARTBEAT' ? [blockOf(kind)] : [blockOf(kind), 'assertions' as const]
  const missing = lost.filter((field) => input[field] == null)
  if (missing.length > 0) {
    const message = 'must be given again: what is stored cannot be read'
    throw broken(missing.map((field) => ({ path: [field], message })))
  }
  return parse(kind, overlay(chosen(stored), input), newBlock(kind, input), keeping(stored, scope))
}

const kindRules = z.object({
  kind: z.enum(watchKinds, `must be one of ${watchKinds.join(', ')}`),
})

function parse(kind: WatchKind, fields: object, block: object, scope: Scope): MonitorSettings {
  const name = blockOf(kind)
  const parsed = parseInput(settingsRules(kind, scope), { ...fields, [name]: block })
  const settings = settingsFrom(kind, pick(parsed, Object.keys(defaultsOf(kind))), parsed[name])
  return settings.kind === 'HEARTBEAT' ? planned(settings, settings.expectations, scope) : settings
}

/** The rules were those of the kind: they let through nothing but what its settings hold. */
function settingsFrom(kind: WatchKind, fields: object, expectations: unknown): MonitorSettings {
  return { ...fields, kind, expectations } as MonitorSettings
}

/** What else the row of a heartbeat holds follows from its plan. */
function planned(
  settings: MonitorSettings,
  plan: HeartbeatPlan,
  { nowMs }: Scope,
): MonitorSettings {
  const intervalSeconds = longestPauseSeconds(plan, nowMs)
  if (intervalSeconds === null) {
    throw broken([{ path: ['heartbeat', 'cron'], message: 'must run at least every 397 days' }])
  }
  const timeoutMs = plan.graceSeconds * 1000
  return { ...checkedOnly, ...settings, intervalSeconds, timeoutMs, regions: [HEARTBEAT_REGION] }
}

function newBlock<K extends WatchKind>(kind: K, input: MonitorInput): Blocks[K] {
  return kinds[kind].complete(blockIn(kind, input))
}

function changedBlock<K extends WatchKind>(stored: Watch<K>, input: MonitorInput): Blocks[K] {
  const { kind, expectations } = stored
  const block = blockIn(kind, input)
  return block === null ? kinds[kind].complete(null) : kinds[kind].change(expectations, block)
}

/** The block of a kind is found under the kind's name. */
function blockIn<K extends WatchKind>(kind: K, input: MonitorInput): Blocks[K] | null | undefined {
  return input[blockOf(kind)] as Blocks[K] | null | undefined
}

function kindAfter(stored: { kind: WatchKind }, { kind }: MonitorInput): WatchKind {
  const isOther = kind != null && kind !== stored.kind
  if (isOther && [kind, stored.kind].includes('HEARTBEAT')) {
    const message = `cannot become ${kind} from ${stored.kind}: create another monitor`
    throw broken([{ path: ['kind'], message }])
  }
  return kind ?? stored.kind
}

/** Of what is stored that which a person chose. */
function chosen(stored: { kind: WatchKind }): object {
  return pick(stored, Object.keys(defaultsOf(stored.kind)))
}

/** Where a monitor is checked from already it may go on, also once its probe is revoked or can do less. */
function keeping(
  stored: { kind: WatchKind; regions: string[]; target: string },
  scope: Scope,
): Scope {
  const { kind } = stored
  if (kind === 'HEARTBEAT') return scope
  const offered = new Map(scope.regions.map((offer) => [offer.region, new Set(offer.kinds)]))
  for (const region of stored.regions) offered.getOrInsert(region, new Set()).add(kind)
  const regions = Array.from(offered, ([region, able]) => ({ region, kinds: [...able] }))
  return { ...scope, keptTarget: stored.target, regions }
}

function pick(fields: object, names: string[]): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))
}

function broken(issues: InputIssue[]): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', { issues })
}
