const FIRST_MS = 1_000
/** Well under the three minutes after which a probe counts as silent. */
const LONGEST_MS = 60_000

/** How long to wait after so many failures in a row, milliseconds; `random` in [0, 1) keeps a crowd from coming back at once. */
export function backOffMs(failures: number, random: number): number {
  const fullMs = Math.min(FIRST_MS * 2 ** Math.max(0, failures - 1), LONGEST_MS)
  return Math.round(fullMs * (0.5 + random / 2))
}
