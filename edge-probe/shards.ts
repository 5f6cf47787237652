/** As many as the server knows (core/sync-request.ts). */
const MAX_SHARDS = 64

/**
 * How many shards a region is to have, when one of `of` holds so many monitors: twice as many once that
 * are too many, so that half of the monitors stay where they are. They never become fewer: an empty one costs
 * next to nothing, and a region that has grown may grow again.
 */
export function grown(of: number, heldCount: number, shardSize: number): number {
  return heldCount > shardSize ? Math.min(of * 2, MAX_SHARDS) : of
}
