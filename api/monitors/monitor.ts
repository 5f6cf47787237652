import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Assertion, CheckRequest, WatchKind } from '../../core/check.ts'
import { invariant } from '../../core/invariant.ts'
import type { Keyring } from '../platform/keyring.ts'
import { assertionRules, MAX_ASSERTIONS } from './input/assertion-input.ts'
import { kinds, type Watch } from './kinds/kinds.ts'

/** All that a person decides about a monitor. */
export type MonitorSettings = Watch & PlainSettings

/** What monitors of all kinds have. */
export type PlainSettings = {
  name: string
  target: string
  intervalSeconds: number
  timeoutMs: number
  regions: string[]
  quorum: number | null
  failureThreshold: number
  recoveryThreshold: number
  latencyThresholdMs: number | null
  slowThreshold: number
  normalThreshold: number
  alertEmail: string | null
  certificateAlerts: boolean
  assertions: Assertion[]
}

/** Settings as the row holds them: what may be shown, and the rest sealed. */
export type StoredSettings = PlainSettings & {
  kind: WatchKind
  expectations: object
  secrets: Uint8Array | null
}

/** The part of a monitor's row that a check is made of. */
export type MonitorTargetRow = {
  id: string
  workspaceId: string
  kind: WatchKind
  target: string
  timeoutMs: number
  expectations: unknown
  secrets: Uint8Array | null
  assertions: unknown
}

/** A whole row, but for what the assertions are of. */
export type SettingsRow = MonitorTargetRow & Omit<PlainSettings, 'assertions'>

/** What a change of settings asks for beyond saving them. */
export type SettingsChange = {
  /** Answers so far were to another question, or judged by another rule: they are history, and it is asked at once. */
  judgesAnew: boolean
  /** Another address: what is known of the certificate is of the former. */
  movesTarget: boolean
  addedRegions: string[]
}

export function judgeChange(before: MonitorSettings, after: MonitorSettings): SettingsChange {
  const differs = (field: keyof MonitorSettings) => !isDeepStrictEqual(before[field], after[field])
  return {
    judgesAnew: decisive.some(differs),
    movesTarget: place.some(differs),
    addedRegions: after.regions.filter((region) => !before.regions.includes(region)),
  }
}

/** Splits the settings into what the row may show and what it holds sealed for this one row. */
export function sealSettings(
  owner: { id: string; workspaceId: string },
  settings: MonitorSettings,
  keyring: Keyring,
): StoredSettings {
  const { shown, secrets } = split(settings)
  const sealed = secrets && keyring.seal(JSON.stringify(secrets), secretsPlace(owner))
  return { ...settings, expectations: shown, secrets: sealed }
}

/** Empty where the row does not hold them. */
export function showAssertions(assertions: unknown): Assertion[] {
  return storedAssertions.safeParse(assertions).data ?? []
}

/** Throws where the row does not hold a check: such a monitor is quarantined. */
export function toCheckRequest(row: MonitorTargetRow, keyring: Keyring): CheckRequest {
  const watch = join(row.kind, row, keyring)
  invariant(watch.kind !== 'HEARTBEAT', 'nobody checks a heartbeat')
  const { target, timeoutMs } = row
  return { ...watch, target, timeoutMs, assertions: storedAssertions.parse(row.assertions) }
}

/** The settings a row holds; null where they cannot be read. */
export function readSettings(row: SettingsRow, keyring: Keyring): MonitorSettings | null {
  try {
    const assertions = storedAssertions.parse(row.assertions)
    return { ...row, ...join(row.kind, row, keyring), assertions }
  } catch {
    return null
  }
}

/** The question that a check asks, and the rules by which its answer is judged. */
const decisive = [
  'kind',
  'target',
  'intervalSeconds',
  'timeoutMs',
  'expectations',
  'assertions',
  'regions',
  'quorum',
  'failureThreshold',
  'recoveryThreshold',
  'latencyThresholdMs',
  'slowThreshold',
  'normalThreshold',
] as const

const place = ['kind', 'target'] as const

const storedAssertions = z.array(assertionRules).max(MAX_ASSERTIONS)

function split<K extends WatchKind>({ kind, expectations }: Watch<K>) {
  return kinds[kind].split(expectations)
}

function join<K extends WatchKind>(kind: K, row: MonitorTargetRow, keyring: Keyring): Watch<K> {
  const { expectations, secrets } = row
  const opened = secrets && JSON.parse(keyring.open(secrets, secretsPlace(row)))
  return { kind, expectations: kinds[kind].join(expectations, opened) }
}

function secretsPlace({ workspaceId, id }: { workspaceId: string; id: string }): string {
  return `monitors|secrets|${workspaceId}|${id}`
}
