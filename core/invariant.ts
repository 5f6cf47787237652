/** Stops loudly where the code itself is wrong. Never for a caller's mistake, never for the network. */
export function invariant(condition: unknown, why: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${why}`)
}
