import type { CheckKind } from '../../../core/check.ts'
import { type Receipt, type Shard, SILENT_AFTER_MS } from '../../../core/probe-protocol.ts'
import type { ReadSyncRequest } from '../../../core/sync-request.ts'
import type { KnownProbe } from '../keys/key.ts'

/** What the columns hold: 24 days. */
const MAX_SHOWN_MS = 2 ** 31 - 1

/** What one sync tells of its probe. Instants are epoch milliseconds. */
export type Sighting = {
  probeId: string
  workspaceId: string
  region: string
  seenAt: number
  /** When its silence is to be looked at, unless that is noted already. */
  silenceCheckAt: number
  version: string
  capabilities: CheckKind[]
  colo: string | null
  clockOffsetMs: number
  /** How long its oldest result has waited; null where it brought none. */
  lagMs: number | null
  accepted: number
  refused: number
  /** For which part of its region it speaks; null: for all of it. */
  shard: Shard | null
  unhealthySince: number | null
}

export function describeSighting(
  { id: probeId, workspaceId, region }: KnownProbe,
  { version, capabilities, colo, shard, sentAt, unhealthySince, results }: ReadSyncRequest,
  receipts: Receipt[],
  nowMs: number,
): Sighting {
  const ranAt = results.flatMap((read, index) =>
    'result' in read && receipts[index]?.status === 'ACCEPTED' ? read.result.checkedAt : [],
  )
  const accepted = receipts.filter(({ status }) => status === 'ACCEPTED').length
  return {
    probeId,
    workspaceId,
    region,
    seenAt: nowMs,
    silenceCheckAt: nowMs + SILENT_AFTER_MS,
    version,
    capabilities,
    colo,
    clockOffsetMs: shown(sentAt - nowMs),
    lagMs: ranAt.length === 0 ? null : Math.max(0, shown(nowMs - Math.min(...ranAt))),
    accepted,
    refused: receipts.length - accepted,
    shard,
    unhealthySince: unhealthySince === null ? null : Math.min(unhealthySince, nowMs),
  }
}

function shown(ms: number): number {
  return Math.max(-MAX_SHOWN_MS, Math.min(ms, MAX_SHOWN_MS))
}
