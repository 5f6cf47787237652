import { SILENT_AFTER_MS } from '../../../core/probe-protocol.ts'
import { insertAccountMail } from '../../accounts/mails/store.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { LOCAL_REGION } from '../assignment.ts'
import { type NewNotice, silentNotice, unhealthyNotice } from './notice.ts'
import {
  insertNotice,
  lockQuietProbes,
  moveSilenceCheck,
  type QuietProbe,
  readOperatorWorkspace,
  readOwnerEmail,
  resolveNotice,
} from './store.ts'

/** A notice that could not be sent for so long is no longer news. */
const MAIL_LASTS_MS = 24 * 3_600_000
const LOOK_MOST = 100

/** Tells the workspace's owner once; nobody again while the notice is open, or for what comes and goes. */
export async function openNotice(tx: Transaction, notice: NewNotice, nowMs: number): Promise<void> {
  const noticeId = await insertNotice(tx, notice, nowMs)
  if (noticeId === null) return
  const recipient = await readOwnerEmail(tx, notice.workspaceId)
  if (recipient === null) return
  const expiresAt = nowMs + MAIL_LASTS_MS
  await insertAccountMail(tx, { kind: 'NOTICE', noticeId, recipient, createdAt: nowMs, expiresAt })
}

/**
 * Tells of probes that have fallen silent. Nobody is blamed for what nobody could have heard: silence
 * counts from `watchedSince`, when we began to listen, at the earliest.
 */
export function noteSilentProbes(
  deps: Pick<Deps, 'database' | 'clock'>,
  watchedSince: number,
): Promise<void> {
  const nowMs = deps.clock.now()
  return inTransaction(deps.database, async (tx) => {
    for (const probe of await lockQuietProbes(tx, nowMs, LOOK_MOST)) {
      const silentAt = Math.max(probe.lastSeenAt, watchedSince) + SILENT_AFTER_MS
      if (silentAt <= nowMs) await noteSilence(tx, probe, nowMs)
      await moveSilenceCheck(tx, probe.probeId, silentAt <= nowMs ? null : silentAt)
    }
  })
}

/** Tells the operator that the network of this process is gone, or that it is back. */
export function noteOwnHealth(
  { database, clock }: Pick<Deps, 'database' | 'clock'>,
  unhealthySince: number | null,
): Promise<void> {
  return inTransaction(database, async (tx) => {
    const workspaceId = await readOperatorWorkspace(tx)
    if (workspaceId === null) return
    const place = { workspaceId, probeId: null, region: LOCAL_REGION }
    if (unhealthySince === null)
      await resolveNotice(tx, { ...place, kind: 'REGION_UNHEALTHY' }, clock.now())
    else await openNotice(tx, unhealthyNotice(place, unhealthySince), clock.now())
  })
}

async function noteSilence(tx: Transaction, probe: QuietProbe, nowMs: number): Promise<void> {
  await openNotice(tx, silentNotice(probe, probe.lastSeenAt, nowMs), nowMs)
}
