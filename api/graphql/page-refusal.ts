import { type ASTNode, Kind } from 'graphql'
import { badCursor } from '../page.ts'
import { badInput, Refusal } from '../refusal.ts'

/** What Pothos says of the arguments of a list, as we say it: by argument and rule, without its value. */
export function pageRefusal(message: string, field: ASTNode | undefined): Refusal {
  if (message.startsWith('Invalid cursor')) return badCursor(cursorArgument(field))
  const [, argument, other] = /^Arguments "(\w+)" and "(\w+)"/.exec(message) ?? []
  if (argument && other) return badInput(argument, `cannot be combined with ${other}`)
  return new Refusal('BAD_USER_INPUT', message)
}

function cursorArgument(field: ASTNode | undefined): 'after' | 'before' {
  const given = field?.kind === Kind.FIELD ? (field.arguments ?? []) : []
  return given.some(({ name }) => name.value === 'before') ? 'before' : 'after'
}
