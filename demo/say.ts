import { styleText } from 'node:util'

/** One line of what happens: when, who, and what. */
export function say(who: string, ...what: string[]): void {
  const at = new Date().toISOString().slice(11, 19)
  const columns = what.map((text) => text.padEnd(8))
  console.log([at, styleText('cyan', who.padEnd(4)), ...columns].join('  ').trimEnd())
}
