/** A column as epoch milliseconds: the form in which decisions are given instants. */
export function epochMs(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`
}
