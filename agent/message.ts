import type { HttpAuth, HttpExpectations, HttpMethod } from '../core/check.ts'
import { ACCEPTED_ENCODINGS } from './decoding.ts'
import type { Message } from './exchange.ts'

const USER_AGENT = 'Pharos/0.1 (uptime check)'

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

export function messageOf({ url, method, headers, body, auth }: Hop): Message {
  return {
    method,
    path: url.pathname + url.search,
    headers: [
      ...defaultHeaders(url, headers),
      ...chosenHeaders(headers, auth),
      ...bodyHeaders(method, body),
    ],
    body,
    peer: url.host,
  }
}

/** Fetch standard §4.4: 303 always, 301 and 302 for POST. */
function becomesGet(method: HttpMethod, status: number): boolean {
  if (status === 303) return method !== 'GET' && method !== 'HEAD'
  return (status === 301 || status === 302) && method === 'POST'
}

function defaultHeaders(url: URL, chosen: Hop['headers']): string[] {
  const defaults = [
    ['Host', url.host],
    ['User-Agent', USER_AGENT],
    ['Accept', '*/*'],
    ['Accept-Encoding', ACCEPTED_ENCODINGS],
    ['Connection', 'close'],
  ]
  if (chosen.length === 0) return defaults.flat()
  const names = new Set(chosen.map(({ name }) => name.toLowerCase()))
  return defaults.filter(([name = '']) => !names.has(name.toLowerCase())).flat()
}

function chosenHeaders(headers: Hop['headers'], auth: HttpAuth | null): string[] {
  const pairs = headers.flatMap(({ name, value }) => [name, value])
  return auth ? [...pairs, 'Authorization', authorizationOf(auth)] : pairs
}

function authorizationOf(auth: HttpAuth): string {
  if (auth.type === 'BEARER') return `Bearer ${auth.token}`
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
}

/** RFC 9110 §8.6: a method that expects content says its length even when that is 0. */
function bodyHeaders(method: HttpMethod, body: string | null): string[] {
  const expectsBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  if (body === null && !expectsBody) return []
  return ['Content-Length', String(Buffer.byteLength(body ?? ''))]
}
