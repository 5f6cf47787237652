import type { Shard } from '../../../core/probe-protocol.ts'
import type { NoticeKind } from '../../../generated/prisma/enums.ts'
import { minute } from '../../instant.ts'

/** A notice to be told, if its like is not open already. Instants are epoch milliseconds. */
export type NewNotice = {
  workspaceId: string
  kind: NoticeKind
  /** Null: the agent inside the API, or no probe at all. */
  probeId: string | null
  /** Of which channel it tells; absent where of none. */
  channelId?: string
  region: string
  text: string
  startedAt: number
}

type Place = Pick<NewNotice, 'workspaceId' | 'probeId' | 'region'>

export function silentNotice(
  { workspaceId, probeId, region }: Place,
  lastSeenAt: number,
  nowMs: number,
): NewNotice {
  const text = `No sync since ${minute(lastSeenAt)}: nothing is heard from there.`
  return { workspaceId, probeId, region, kind: 'PROBE_SILENT', text, startedAt: nowMs }
}

/** `shard` is the part of a divided region that has lost its network. */
export function unhealthyNotice(
  { workspaceId, probeId, region, shard }: Place & { shard?: Shard | null },
  unhealthySince: number,
): NewNotice {
  const whose =
    shard && shard.of > 1 ? `The network of shard ${shard.index} of ${shard.of}` : 'Its own network'
  const text = `${whose} is gone since ${minute(unhealthySince)}: its checks say nothing.`
  const kind = 'REGION_UNHEALTHY'
  return { workspaceId, probeId, region, kind, text, startedAt: unhealthySince }
}

export function disabledNotice(
  { id: channelId, workspaceId, name: region }: { id: string; workspaceId: string; name: string },
  why: string,
  nowMs: number,
): NewNotice {
  const text = `It was disabled: ${why}. Enable it once it works again; until then others are told.`
  const place = { workspaceId, probeId: null, channelId, region }
  return { ...place, kind: 'CHANNEL_DISABLED', text, startedAt: nowMs }
}
