import { expect } from 'vitest'
import type { Person } from './people.ts'

/** Makes something by its mutation, as somebody; its opaque id. `kind` is the field of the payload that holds it. */
export async function make(
  person: Person,
  mutation: string,
  kind: string,
  input: object,
): Promise<string> {
  const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`
  const { data, errors } = await person.ask(
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${kind} { id } } }`,
    { input },
  )
  expect(errors).toEqual([])
  return data[mutation][kind].id
}
