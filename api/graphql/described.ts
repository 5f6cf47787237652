/** The values of an enum type whose names are its values. */
export function described<Name extends string>(
  descriptions: Record<Name, string>,
): Record<Name, { value: Name; description: string }> {
  const entries = Object.entries<string>(descriptions)
  const values = entries.map(([value, description]) => [value, { value, description }])
  return Object.fromEntries(values) as Record<Name, { value: Name; description: string }>
}
