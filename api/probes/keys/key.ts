import { randomBytes } from 'node:crypto'
import { formatSecret } from '../../../core/signature.ts'

const SECRET_BYTES = 32
/** How long the former secret goes on working after a rotation. */
export const ROTATION_MS = 24 * 3_600_000

/** A probe as its key knows it: whose results it brings, and from where. */
export type KnownProbe = {
  id: string
  workspaceId: string
  region: string
  isShared: boolean
}

export type ProbeKey = KnownProbe & {
  secret: Uint8Array
  formerSecret: Uint8Array | null
  formerSecretEndsAt: number | null
}

/** One sealed secret, and the one place where it can be opened. */
export type SealedSecret = { sealed: Uint8Array; place: string }

export function newSecret(): string {
  return formatSecret(randomBytes(SECRET_BYTES))
}

/** The secrets that work now, the current one first. */
export function liveSecrets(key: ProbeKey, nowMs: number): SealedSecret[] {
  const current = { sealed: key.secret, place: secretPlace(key, 'secret') }
  const { formerSecret, formerSecretEndsAt } = key
  if (!formerSecret || formerSecretEndsAt === null || nowMs >= formerSecretEndsAt) return [current]
  return [current, { sealed: formerSecret, place: secretPlace(key, 'former_secret') }]
}

export function secretPlace(
  { workspaceId, id }: { workspaceId: string; id: string },
  column: 'secret' | 'former_secret',
): string {
  return `probes|${column}|${workspaceId}|${id}`
}
