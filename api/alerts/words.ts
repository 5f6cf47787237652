import { type Letter, oneLine } from '../outbox/letter.ts'

/** What an alert says, before it is laid out. */
export type Words = Pick<Letter, 'heading' | 'lead' | 'facts'> & { subject: string }

/** Of what a user wrote, as far as one line of a mail shows it. */
export const MAX_LINE_LENGTH = 500

/** What a monitor is called in a message; a name may consist of nothing that can be seen. */
export function shownName(name: string, most: number): string {
  return oneLine(name, most) || 'A monitor without a name'
}

/** As it stands in a mail: `2026-11-20 03:04:05 UTC`. */
export function instant(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** As `instant`, to the minute: `2026-11-20 03:04 UTC`. */
export function minute(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
