import type { HttpAuth, HttpMethod } from '../core/check.ts'
import { authorizationOf, type Hop, USER_AGENT } from '../core/hop.ts'
import { ACCEPTED_ENCODINGS } from './decoding.ts'
import type { Message } from './exchange.ts'

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

/** RFC 9110 §8.6: a method that expects content says its length even when that is 0. */
function bodyHeaders(method: HttpMethod, body: string | null): string[] {
  const expectsBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  if (body === null && !expectsBody) return []
  return ['Content-Length', String(Buffer.byteLength(body ?? ''))]
}
