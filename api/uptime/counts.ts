/** How many checks found what. */
export type CheckCounts = { up: number; down: number; unknown: number }

/** Up over up and down, 0–1; null where no check told anything of the target. */
export function checkCountRatio({ up, down }: CheckCounts): number | null {
  return up + down === 0 ? null : up / (up + down)
}
