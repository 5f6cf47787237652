import { expect, it } from 'vitest'
import { openTestServer } from '../../test/graphql-server.ts'
import { incidentInGraphiql, incidentsInGraphiql, incidentUrl } from './address.ts'

it('leads from the address in a message to the incident, and nowhere from any other', async () => {
  await using app = await openTestServer()
  const follow = (address: string | URL) => fetch(address, { redirect: 'manual' })
  const address = incidentUrl(app.url, '01936f00-0000-7000-8000-00000000000b')
  const answer = await follow(address)
  expect(answer.status).toBe(302)
  const id = new URL(address).pathname.split('/').at(-1) ?? ''
  expect(answer.headers.get('location')).toBe(incidentInGraphiql(id))
  const list = await follow(new URL('/incidents', app.url))
  expect(list.headers.get('location')).toBe(incidentsInGraphiql())
  for (const wrong of ['x', encodeURIComponent('"){x}'), 'TW9uaXRvcjox'])
    expect((await follow(new URL(`/incidents/${wrong}`, app.url))).status).toBe(404)
})
