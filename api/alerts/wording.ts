import { z } from 'zod'
import { instant } from '../instant.ts'
import { oneLine, plainText } from '../outbox/letter.ts'
import { regionsInWords } from './facts.ts'
import type { Notice } from './message.ts'
import { turnWords } from './turn.ts'
import { durationInWords } from './words.ts'

const MAX_TITLE_LENGTH = 200
const MAX_TEXT_LENGTH = 2_000
/** Of what one variable brings in. */
const MAX_VALUE_LENGTH = 500
const UNKNOWN = '-'

/** A channel's own words for an alert, with {{variables}}: `text` stands for the first sentence and the facts. Null: ours. */
export type Wording = { title: string | null; text: string | null }

/** Every variable that may be used, and what it becomes. */
const variables = {
  monitor: ({ monitorName }) => monitorName,
  target: ({ target }) => target,
  type: ({ type }) => type,
  state: (notice) => turnWords(notice).state,
  since: ({ startedAt, timeZone }) => instant(startedAt, timeZone),
  until: ({ resolvedAt, timeZone }) => instantOr(resolvedAt, timeZone),
  lasted: ({ startedAt, resolvedAt }) =>
    resolvedAt === null ? UNKNOWN : durationInWords(resolvedAt - startedAt),
  regions: (notice) => regionsInWords(notice),
  cause: ({ cause }) => cause,
  by: ({ entry }) => entry?.by ?? UNKNOWN,
  lastGood: ({ lastGoodAt, timeZone }) => instantOr(lastGoodAt, timeZone),
  certificateExpires: ({ certificateExpiresAt, timeZone }) =>
    instantOr(certificateExpiresAt, timeZone),
  screenshot: ({ screenshotUrl }) => screenshotUrl ?? UNKNOWN,
} satisfies Record<string, (notice: Notice) => string>

type Variable = keyof typeof variables

const PLACEHOLDER = /\{\{(.*?)\}\}/gs

/** What a caller may save; a variable that is not known is refused by its name. */
export const wordingRules = z.object({
  title: template(MAX_TITLE_LENGTH),
  text: template(MAX_TEXT_LENGTH),
})

/** The channel's words on one alert, as plain text: whoever sends them escapes them. */
export function ownWords(notice: Notice, wording: Wording | null): Wording {
  return {
    title: oneLine(fill(wording?.title, notice), MAX_TITLE_LENGTH) || null,
    text: plainText(fill(wording?.text, notice), MAX_TEXT_LENGTH) || null,
  }
}

/** In one pass: what a variable brings in is not looked at for variables again. */
function fill(text: string | null | undefined, notice: Notice): string {
  return (text ?? '').replace(PLACEHOLDER, (whole, inner: string) => {
    const name = inner.trim()
    return isVariable(name) ? oneLine(variables[name](notice), MAX_VALUE_LENGTH) || UNKNOWN : whole
  })
}

function instantOr(at: number | null, timeZone: string): string {
  return at === null ? UNKNOWN : instant(at, timeZone)
}

function template(maxLength: number) {
  return z
    .string()
    .trim()
    .max(maxLength, `must have at most ${maxLength} characters`)
    .superRefine((text, context) => {
      const [unknown] = unknownVariables(text)
      if (unknown === undefined) return
      const known = Object.keys(variables).join(', ')
      context.addIssue(`must not use {{${unknown}}}; the variables are ${known}`)
    })
    .nullish()
    .transform((text) => text || null)
}

function unknownVariables(text: string): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, inner = '']) => inner.trim())
  return names.filter((name) => !isVariable(name)).map((name) => oneLine(name, 40))
}

function isVariable(name: string): name is Variable {
  return Object.hasOwn(variables, name)
}
