import type { AlertType } from '../../generated/prisma/enums.ts'
import { oneLine } from '../outbox/letter.ts'
import type { Notice } from './message.ts'
import { instant, MAX_LINE_LENGTH, type Words } from './words.ts'

const MAX_ACTOR_LENGTH = 80

export type HandType = Extract<AlertType, keyof typeof headings>

/** Of what people did, not of what checks found. */
const headings = {
  ACKNOWLEDGED: (name: string, by: string) => `${by || 'Somebody'} is at it: ${name}`,
  REOPENED: (name: string) => `Nobody is at it any more: ${name}`,
  RESOLVED: (name: string) => `The incident of ${name} is closed`,
}

export function isHandType(type: AlertType): type is HandType {
  return Object.hasOwn(headings, type)
}

export function handWords(notice: Notice & { type: HandType }, name: string): Words {
  const { type, startedAt, cause, entry } = notice
  const by = oneLine(entry?.by ?? '', MAX_ACTOR_LENGTH)
  return {
    subject: `${type}: ${name}`,
    heading: headings[type](name, by),
    lead: oneLine(type === 'ACKNOWLEDGED' ? cause : (entry?.text ?? cause), MAX_LINE_LENGTH),
    facts: [{ label: 'Since', value: instant(startedAt) }],
  }
}
