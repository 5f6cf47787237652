import { Hono, type MiddlewareHandler } from 'hono'
import type { Deps } from '../deps.ts'
import type { Web } from './web.ts'

export const MEDIA_PATH = '/media/:name'

/** A name is never used again. */
const HEADERS = {
  'cache-control': 'public, max-age=31536000, immutable',
  'content-security-policy': "default-src 'none'; sandbox",
  'content-type': 'image/png',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
}

/** Pictures of incidents, for whoever knows their names. */
export function mediaRoutes({ media }: Deps): Hono<Web> {
  const routes = new Hono<Web>()
  routes.get(MEDIA_PATH, async (c, next) => {
    const png = await media.read(c.req.param('name'))
    return png ? c.body(png, 200, HEADERS) : next()
  })
  return routes
}

/** Mails show them on other origins' pages. It stands around the headers that keep all else from those. */
export const letEmbed: MiddlewareHandler = async (c, next) => {
  await next()
  c.header('cross-origin-resource-policy', 'cross-origin')
}
