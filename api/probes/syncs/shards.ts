import { type Shard, SILENT_AFTER_MS } from '../../../core/probe-protocol.ts'
import type { Sighting } from './sighting.ts'

/** What one shard of a region last told of itself. Instants are epoch milliseconds. */
export type ShardNote = {
  index: number
  seenAt: number
  lagMs: number | null
  unhealthySince: number | null
}

type Told = Pick<Sighting, 'shard' | 'seenAt' | 'lagMs' | 'unhealthySince'>

/** What one sync tells, with what the other shards of the region told last. */
export type Joined<Of extends Told = Sighting> = Of & { shards: ShardNote[] }

export function isDivided<Of extends Told>(sighting: Of): sighting is Of & { shard: Shard } {
  return sighting.shard !== null && sighting.shard.of > 1
}

/**
 * A region lags as its slowest shard does, and is unwell as long as one of them says so. A shard that
 * fell silent, or that no longer is one, has no say. Nothing is kept of a region of one.
 */
export function joinShards<Of extends Told>(sighting: Of, known: ShardNote[]): Joined<Of> {
  if (!isDivided(sighting)) return { ...sighting, shards: [] }
  const { shard, seenAt } = sighting
  const former = known.find(({ index }) => index === shard.index)
  const lagMs = sighting.lagMs ?? former?.lagMs ?? null
  const own = { index: shard.index, seenAt, lagMs, unhealthySince: sighting.unhealthySince }
  const others = known.filter(
    ({ index, seenAt: at }) =>
      index < shard.of && index !== shard.index && seenAt - at < SILENT_AFTER_MS,
  )
  const shards = [...others, own]
  return {
    ...sighting,
    shards,
    lagMs: most(shards.map((one) => one.lagMs)),
    unhealthySince: least(shards.map((one) => one.unhealthySince)),
  }
}

function most(values: (number | null)[]): number | null {
  const told = values.filter((value) => value !== null)
  return told.length === 0 ? null : Math.max(...told)
}

function least(values: (number | null)[]): number | null {
  const told = values.filter((value) => value !== null)
  return told.length === 0 ? null : Math.min(...told)
}
