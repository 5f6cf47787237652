/** The closed list of reasons a caller may be refused; GraphQL shows it as extensions.code. */
export type RefusalCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'LIMIT_REACHED'
  | 'RATE_LIMITED'

/** `path` leads to the field within the input; `message` states the rule it broke. */
export type InputIssue = { path: (string | number)[]; message: string }

/** An expected no to a caller. Anything else that is thrown is a bug and is masked. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly issues: InputIssue[]
  readonly retryAfterSeconds: number | null
  /** What to pass as `after` instead of a cursor that is too old. */
  readonly oldestCursor: string | null

  constructor(
    code: RefusalCode,
    message: string,
    more: { issues?: InputIssue[]; retryAfterSeconds?: number; oldestCursor?: string } = {},
  ) {
    super(message)
    this.name = 'Refusal'
    this.code = code
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds ?? null
    this.oldestCursor = more.oldestCursor ?? null
  }
}

/** One answer for the foreign, the absent and the misspelt. */
export function notFound(): Refusal {
  return new Refusal('NOT_FOUND', 'There is no such object.')
}

/** For a rule that no schema of an input can hold. */
export function badInput(field: string, message: string): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', {
    issues: [{ path: [field], message }],
  })
}
