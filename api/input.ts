import { z } from 'zod'
import { Refusal } from './refusal.ts'

/** The input as the schema reads it; otherwise a refusal that names every field and the rule it broke. */
export function parseInput<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: path.map((step) => (typeof step === 'number' ? step : String(step))),
    message,
  }))
  throw new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', { issues })
}

/** What somebody typed: not empty and not too long, once the space around it is gone. */
export function typedText(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength, `must have at most ${maxLength} characters`)
}
