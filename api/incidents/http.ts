import { Hono } from 'hono'
import { encodeId, uuidOf } from '../graphql/ids.ts'
import { Refusal } from '../refusal.ts'
import { refuseAs } from '../web/refuse.ts'
import type { Web } from '../web/web.ts'
import { incidentInGraphiql, incidentsInGraphiql } from './address.ts'

/** Whoever follows the link of a message stands before the incident; what they may see of it, the API decides. */
export function incidentRoutes(): Hono<Web> {
  const routes = new Hono<Web>()
  routes.get('/incidents', (c) => c.redirect(incidentsInGraphiql()))
  routes.get('/incidents/:id', (c) => {
    const id = encodeId('Incident', uuidOf('Incident', c.req.param('id')))
    return c.redirect(incidentInGraphiql(id))
  })
  routes.onError((error, c) => {
    if (!(error instanceof Refusal)) throw error
    return refuseAs(c, error)
  })
  return routes
}
