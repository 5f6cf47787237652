/** A column as epoch milliseconds: the form in which decisions are given instants. */
export function epochMs(column: string): string {
  return `(extract(epoch FROM ${column}) * 1000)::float8`
}

/** A parameter of epoch milliseconds as a timestamp. */
export function instant(parameter: number): string {
  return `to_timestamp($${parameter}::float8 / 1000.0)`
}
