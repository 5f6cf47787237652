import { randomInt } from 'node:crypto'

/** Chance that can be had again: the same seed throws the same. */
export type Dice = {
  /** A whole number from 0 up to, but not including, this. */
  below(limit: number): number
  oneOf<T>(choices: readonly T[]): T
}

/** Mulberry32. */
export function createDice(seed: number): Dice {
  let state = seed
  const below = (limit: number) => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
  return { below, oneOf: (choices) => choices[below(choices.length)]! }
}

/** `PHAROS_TEST_SEED` has a run again. */
export const seed = Number(process.env.PHAROS_TEST_SEED ?? randomInt(1_000_000))
