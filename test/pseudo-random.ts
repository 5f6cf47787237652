/** The letters a and b without a period that an automaton could learn (a linear congruential generator). */
export function pseudoRandom(length: number): string {
  let state = 1
  const letters = Array.from({ length }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % 2 === 0 ? 'a' : 'b'
  })
  return letters.join('')
}
