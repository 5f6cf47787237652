import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import type { Assertion, CheckKind, CheckRequest, HttpExpectations } from '../../core/check.ts'
import type { Keyring } from '../platform/keyring.ts'
import { assertionRules, MAX_ASSERTIONS } from './input/assertion-input.ts'

/** All that a person decides about a monitor. */
export type MonitorSettings = {
  name: string
  kind: CheckKind
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
  http: ShownHttp
  httpSecrets: Uint8Array | null
}

/** The part of a monitor's row that a check is made of. */
export type MonitorTargetRow = {
  id: string
  workspaceId: string
  kind: CheckKind
  target: string
  timeoutMs: number
  http: unknown
  httpSecrets: Uint8Array | null
  assertions: unknown
}

/** What a change of settings asks for beyond saving them. */
export type SettingsChange = {
  /** Answers so far were to another question, or judged by another rule: they are history, and it is asked at once. */
  judgesAnew: boolean
  addedRegions: string[]
}

export function judgeChange(before: MonitorSettings, after: MonitorSettings): SettingsChange {
  const differs = (field: keyof MonitorSettings) => !isDeepStrictEqual(before[field], after[field])
  return {
    judgesAnew: decisive.some(differs),
    addedRegions: after.regions.filter((region) => !before.regions.includes(region)),
  }
}

/** Splits the settings into what the row may show and what it holds sealed for this one row. */
export function sealSettings(
  owner: { id: string; workspaceId: string },
  settings: MonitorSettings,
  keyring: Keyring,
): StoredSettings {
  const { headers, auth, ...plain } = settings.http
  const headerNames = headers.map((header) => header.name)
  const hasSecrets = headers.length > 0 || auth !== null
  return {
    ...settings,
    http: { ...plain, headerNames, authType: auth?.type ?? null },
    httpSecrets: hasSecrets
      ? keyring.seal(JSON.stringify({ headers, auth }), secretsPlace(owner))
      : null,
  }
}

/** Null where the row does not hold them. */
export function showHttp(http: unknown): ShownHttp | null {
  return shownHttp.safeParse(http).data ?? null
}

/** Empty where the row does not hold them. */
export function showAssertions(assertions: unknown): Assertion[] {
  return storedAssertions.safeParse(assertions).data ?? []
}

/** Throws where the row does not hold a check: such a monitor is quarantined. */
export function toCheckRequest(row: MonitorTargetRow, keyring: Keyring): CheckRequest {
  const { headerNames: _, authType: __, ...plain } = shownHttp.parse(row.http)
  const secrets = row.httpSecrets
    ? httpSecrets.parse(JSON.parse(keyring.open(row.httpSecrets, secretsPlace(row))))
    : { headers: [], auth: null }
  return {
    kind: row.kind,
    target: row.target,
    timeoutMs: row.timeoutMs,
    http: { ...plain, ...secrets },
    assertions: storedAssertions.parse(row.assertions),
  }
}

/** The settings a row holds; null where they cannot be read. */
export function readSettings(
  row: MonitorTargetRow & Omit<MonitorSettings, 'http' | 'assertions'>,
  keyring: Keyring,
): MonitorSettings | null {
  try {
    const { http, assertions } = toCheckRequest(row, keyring)
    return { ...row, http, assertions }
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
  'http',
  'assertions',
  'regions',
  'quorum',
  'failureThreshold',
  'recoveryThreshold',
  'latencyThresholdMs',
  'slowThreshold',
  'normalThreshold',
] as const

export const monitorKinds = ['HTTP'] as const satisfies CheckKind[]

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
  return `monitors|http_secrets|${workspaceId}|${id}`
}
