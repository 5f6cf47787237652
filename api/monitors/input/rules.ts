import { z } from 'zod'

/** Fields of an input: each may be left out or null. */
export type Given<Fields> = { [Name in keyof Fields]?: Fields[Name] | null }

export function wholeNumber(from: number, to: number) {
  const rule = `must be a whole number from ${from} to ${to}`
  return z.int(rule).min(from, rule).max(to, rule)
}

/** Text under a rule: `ruleOf` gives the one that is broken, or null. */
export function textUnder(ruleOf: (text: string) => string | null) {
  return z.string('must not be empty').superRefine((text, context) => {
    const rule = ruleOf(text)
    if (rule) context.addIssue({ code: 'custom', message: rule })
  })
}

export function plainTextRule(text: string, maxLength: number): string | null {
  if (text.length === 0) return 'must not be empty'
  if (text.length > maxLength) return `must be at most ${maxLength} characters`
  // A line break in a name would end up in a mail's subject.
  return /\p{Cc}/u.test(text) ? 'must not contain control characters' : storableRule(text)
}

/** Postgres takes neither NUL nor a lone surrogate. */
export function storableRule(text: string): string | null {
  const isStorable = text.isWellFormed() && !text.includes('\0')
  return isStorable ? null : 'must not contain NUL or half of a surrogate pair'
}

export function listOf<Item extends z.ZodType>(item: Item, most: number) {
  return z.array(item, 'must be a list').max(most, `must have at most ${most} entries`)
}

/** A list that null empties. */
export function clearable<Item>(list: z.ZodType<Item[]>) {
  return list.nullable().transform((items) => items ?? [])
}

export const yesOrNo = z.boolean('must be true or false')

/** What is given, over what there is: what is left out stays. */
export function overlay<Fields extends object>(
  base: Fields,
  changes: Given<Fields>,
): Given<Fields> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined)
  return { ...base, ...Object.fromEntries(given) }
}

/** As `overlay`, for a first version: null takes the default too. */
export function complete<Fields extends object>(
  defaults: Fields,
  input: Given<Fields>,
): Given<Fields> {
  return { ...defaults, ...present(input) }
}

/** Without what is null. */
export function present<Fields extends object>(input: Given<Fields>): Given<Fields> {
  const given = Object.entries(input).filter(([, value]) => value != null)
  return Object.fromEntries(given) as Given<Fields>
}
