const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Anything else would reach Postgres as a syntax error instead of an empty answer. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}
