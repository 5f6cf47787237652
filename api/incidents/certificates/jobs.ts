import type { Deps } from '../../deps.ts'
import { followDueCertificates } from './deeds.ts'

/** Tells of certificates that have reached a stage, until none is due. */
export async function watchCertificates(deps: Deps): Promise<void> {
  let isDone = false
  while (!isDone) isDone = await followDueCertificates(deps)
}
