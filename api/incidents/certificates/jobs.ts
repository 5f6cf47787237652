import type { Deps } from '../../deps.ts'
import { drain } from '../../platform/loop.ts'
import { followDueCertificates } from './deeds.ts'

/** Tells of certificates that have reached a stage, until none is due. */
export function watchCertificates(deps: Deps, signal: AbortSignal): Promise<void> {
  return drain(() => followDueCertificates(deps), signal)
}
