import { parse, validate } from 'graphql'
import { expect, it } from 'vitest'
import { schema } from '../schema.ts'
import { incidentInGraphiql, incidentsInGraphiql, incidentUrl } from './address.ts'

it.each([
  ['an incident, and what acknowledges it', incidentInGraphiql('SW5j'), ['Look', 'Acknowledge']],
  ['all that are open', incidentsInGraphiql(), [undefined]],
])('GraphiQL has %s filled in and valid', (_, address, names) => {
  const query = new URL(address, 'https://pharos.example').searchParams.get('query') ?? ''
  const document = parse(query)
  expect(validate(schema, document)).toEqual([])
  expect(document.definitions.map((one) => 'name' in one && one.name?.value)).toEqual(names)
})

it('is short in a message', () => {
  const id = '01936f00-0000-7000-8000-00000000000b'
  expect(incidentUrl('https://pharos.example', id).length).toBeLessThan(110)
})
