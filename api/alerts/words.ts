import { type Letter, oneLine } from '../outbox/letter.ts'

/** What an alert says, before it is laid out. */
export type Words = Pick<Letter, 'heading' | 'lead' | 'facts'> & { subject: string }

/** Of what a user wrote, as far as one line of a message shows it. */
export const MAX_LINE_LENGTH = 500

/** What a monitor is called in a message; a name may consist of nothing that can be seen. */
export function shownName(name: string, most: number): string {
  return oneLine(name, most) || 'A monitor without a name'
}

/** The two largest parts of it: `4 min 15 s`. */
export function durationInWords(ms: number): string {
  const seconds = Math.round(ms / 1000)
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const told = parts.filter(([amount]) => amount > 0).map(([amount, unit]) => `${amount} ${unit}`)
  return told.slice(0, 2).join(' ') || '0 s'
}
