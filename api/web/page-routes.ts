import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { printSchema } from 'graphql'
import { Hono } from 'hono'
import { schema } from '../schema.ts'
import { createGraphiqlPage } from './graphiql.ts'
import { landingPage } from './landing.ts'
import { contentSecurityPolicyOf } from './page-security.ts'
import type { Web } from './web.ts'

const SCHEMA_FRESH_SECONDS = 300

/** What a person opens in a browser. */
export function pageRoutes(): Hono<Web> {
  const routes = new Hono<Web>()
  const graphiqlPage = createGraphiqlPage()
  const landingPolicy = contentSecurityPolicyOf(landingPage)
  const printed = printSchema(schema)

  routes.get('/', (c) => {
    c.header('content-security-policy', landingPolicy)
    return c.html(landingPage)
  })

  routes.get('/schema.graphql', (c) => {
    c.header('cache-control', `public, max-age=${SCHEMA_FRESH_SECONDS}`)
    return c.text(printed)
  })

  routes.get('/graphql', async (c, next) => {
    if (!c.req.header('accept')?.includes('text/html')) return next()
    const { gzipped, contentSecurityPolicy } = await graphiqlPage()
    const takesGzip = c.req.header('accept-encoding')?.includes('gzip')
    c.header('content-security-policy', contentSecurityPolicy)
    c.header('content-type', 'text/html; charset=utf-8')
    if (takesGzip) c.header('content-encoding', 'gzip')
    return c.body(takesGzip ? gzipped : await promisify(gunzip)(gzipped))
  })
  return routes
}
