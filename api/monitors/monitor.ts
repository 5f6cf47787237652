import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Assertion, CheckRequest, HttpExpectations, WatchKind } from '../../core/check.ts'
import { invariant } from '../../core/invariant.ts'
import type { Keyring } from '../platform/keyring.ts'
import { assertionRules, MAX_ASSERTIONS } from './assertion-input.ts'

/** All that a person decides about a monitor. */
export type MonitorSettings = {
  name: string
  kind: 'HTTP'
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
  http: HttpExpectations
  assertions: Assertion[]
}

/** What the row shows of the HTTP expectations: header names without values, credentials by type alone. */
export type ShownHttp = Omit<HttpExpectations, 'headers' | 'auth'> & {
  headerNames: string[]
  authType: 'BASIC' | 'BEARER' | null
}

/** Settings as the row holds them: what may be shown, and the rest sealed. */
export type StoredSettings = Omit<MonitorSettings, 'http'> & {
  expectations: ShownHttp
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

/** What a change of settings asks for beyond saving them. */
export type SettingsChange = {
  /** Another question is asked from now on: ask it at once. */
  asksAnew: boolean
  /** Answers so far were to another question, or judged by another rule: they are history. */
  judgesAnew: boolean
  addedRegions: string[]
  removedRegions: string[]
}

export function judgeChange(before: MonitorSettings, after: MonitorSettings): SettingsChange {
  const differs = (field: keyof MonitorSettings) => !isDeepStrictEqual(before[field], after[field])
  const asksAnew = question.some(differs)
  return {
    asksAnew,
    judgesAnew: asksAnew || rule.some(differs),
    addedRegions: after.regions.filter((region) => !before.regions.includes(region)),
    removedRegions: before.regions.filter((region) => !after.regions.includes(region)),
  }
}

/** Splits the settings into what the row may show and what it holds sealed for this one row. */
export function sealSettings(
  owner: { id: string; workspaceId: string },
  settings: MonitorSettings,
  keyring: Keyring,
): StoredSettings {
  const { http, ...rest } = settings
  const { headers, auth, ...plain } = http
  const headerNames = headers.map((header) => header.name)
  const hasSecrets = headers.length > 0 || auth !== null
  return {
    ...rest,
    expectations: { ...plain, headerNames, authType: auth?.type ?? null },
    secrets: hasSecrets
      ? keyring.seal(JSON.stringify({ headers, auth }), secretsPlace(owner))
      : null,
  }
}

/** Null where the row does not hold them. */
export function showHttp(expectations: unknown): ShownHttp | null {
  return shownHttp.safeParse(expectations).data ?? null
}

/** Empty where the row does not hold them. */
export function showAssertions(assertions: unknown): Assertion[] {
  return storedAssertions.safeParse(assertions).data ?? []
}

/** Throws where the row does not hold a check: such a monitor is quarantined. */
export function toCheckRequest(row: MonitorTargetRow, keyring: Keyring): CheckRequest<'HTTP'> {
  invariant(row.kind === 'HTTP', `a monitor of kind ${row.kind} cannot be checked`)
  const { headerNames: _, authType: __, ...plain } = shownHttp.parse(row.expectations)
  const secrets = row.secrets
    ? httpSecrets.parse(JSON.parse(keyring.open(row.secrets, secretsPlace(row))))
    : { headers: [], auth: null }
  return {
    kind: row.kind,
    target: row.target,
    timeoutMs: row.timeoutMs,
    expectations: { ...plain, ...secrets },
    assertions: storedAssertions.parse(row.assertions),
  }
}

const question = ['kind', 'target', 'intervalSeconds', 'timeoutMs', 'http', 'assertions'] as const

const rule = [
  'regions',
  'quorum',
  'failureThreshold',
  'recoveryThreshold',
  'latencyThresholdMs',
  'slowThreshold',
  'normalThreshold',
] as const

/** The settings a row holds; null where they cannot be read. */
export function readSettings(
  row: MonitorTargetRow & Omit<MonitorSettings, 'kind' | 'http' | 'assertions'>,
  keyring: Keyring,
): MonitorSettings | null {
  try {
    const { kind, expectations: http, assertions } = toCheckRequest(row, keyring)
    return { ...row, kind, http, assertions }
  } catch {
    return null
  }
}

export const monitorKinds = ['HTTP'] as const satisfies WatchKind[]

export const httpMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const shownHttp: z.ZodType<ShownHttp> = z.object({
  method: z.enum(httpMethods),
  headerNames: z.array(z.string()),
  body: z.string().nullable(),
  authType: z.enum(['BASIC', 'BEARER']).nullable(),
  followRedirects: z.boolean(),
  verifyTls: z.boolean(),
  expectedStatus: z.array(z.object({ from: z.int(), to: z.int() })),
})

const httpSecrets: z.ZodType<Pick<HttpExpectations, 'headers' | 'auth'>> = z.object({
  headers: z.array(z.object({ name: z.string(), value: z.string() })),
  auth: z
    .discriminatedUnion('type', [
      z.object({ type: z.literal('BASIC'), username: z.string(), password: z.string() }),
      z.object({ type: z.literal('BEARER'), token: z.string() }),
    ])
    .nullable(),
})

const storedAssertions = z.array(assertionRules).max(MAX_ASSERTIONS)

function secretsPlace({ workspaceId, id }: { workspaceId: string; id: string }): string {
  return `monitors|secrets|${workspaceId}|${id}`
}
