import { toBase64 } from './base64.ts'
import type { HttpAuth, HttpExpectations, HttpMethod } from './check.ts'

export const USER_AGENT = 'Pharos/0.1 (uptime check)'

/** One request on the way from the target to the end of its redirects. */
export type Hop = {
  url: URL
  method: HttpMethod
  headers: { name: string; value: string }[]
  body: string | null
  auth: HttpAuth | null
}

export function firstHop(url: URL, http: HttpExpectations): Hop {
  return { url, method: http.method, headers: http.headers, body: http.body, auth: http.auth }
}

/** What is sent after a redirect: nothing secret to another origin, and no body where the method turns to GET. */
export function nextHop(hop: Hop, url: URL, status: number): Hop {
  const isSameOrigin = url.origin === hop.url.origin
  const headers = isSameOrigin ? hop.headers : []
  const auth = isSameOrigin ? hop.auth : null
  if (!becomesGet(hop.method, status)) return { ...hop, url, headers, auth }
  const kept = headers.filter(({ name }) => !/^content-/i.test(name))
  return { url, method: 'GET', headers: kept, body: null, auth }
}

/** The value of the Authorization header. */
export function authorizationOf(auth: HttpAuth): string {
  if (auth.type === 'BEARER') return `Bearer ${auth.token}`
  const credentials = new TextEncoder().encode(`${auth.username}:${auth.password}`)
  return `Basic ${toBase64(credentials)}`
}

/** Fetch standard §4.4: 303 always, 301 and 302 for POST. */
function becomesGet(method: HttpMethod, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}
