import { createHash } from 'node:crypto'

export const SESSION_COOKIE = '__Host-pharos'

/** What came with a request, before anybody asked whether it is true. */
export type Credential =
  | { kind: 'NONE' }
  /** Sent in a way that no credential of ours has: refused without a look-up. */
  | { kind: 'MALFORMED' }
  | { kind: 'SESSION'; token: string; from: 'HEADER' | 'COOKIE' }
  | { kind: 'API_KEY'; publicId: string; secret: string }

const SESSION_TOKEN = /^[\w-]{43}$/
const API_KEY = /^pharos_([0-9a-f]{16})_([\w-]{43})$/

/** The Authorization header wins over the cookie; one token for sessions and API keys alike. */
export function credentialOf(headers: Pick<Headers, 'get'>): Credential {
  const authorization = headers.get('authorization')
  if (authorization !== null) return bearerOf(authorization)
  const token = cookieOf(headers.get('cookie') ?? '')
  return token === null ? { kind: 'NONE' } : { kind: 'SESSION', token, from: 'COOKIE' }
}

function bearerOf(authorization: string): Credential {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
  if (SESSION_TOKEN.test(token)) return { kind: 'SESSION', token, from: 'HEADER' }
  const [, publicId, secret] = API_KEY.exec(token) ?? []
  if (publicId && secret) return { kind: 'API_KEY', publicId, secret }
  return { kind: 'MALFORMED' }
}

/** Tells credentials apart, and is none itself; empty where there is nothing to look up. */
export function credentialDigest(credential: Credential): string {
  if (credential.kind === 'NONE' || credential.kind === 'MALFORMED') return ''
  const secret = credential.kind === 'SESSION' ? credential.token : credential.secret
  return createHash('sha256').update(secret).digest('base64')
}

function cookieOf(header: string): string | null {
  const prefix = `${SESSION_COOKIE}=`
  const pair = header.split(/; */).find((part) => part.startsWith(prefix))
  const token = pair?.slice(prefix.length) ?? ''
  return SESSION_TOKEN.test(token) ? token : null
}

/** Lax, so that a link from a mail arrives signed in; the CSRF rule keeps foreign pages from writing. */
export function sessionCookie(token: string, maxAgeSeconds: number): string {
  return `${SESSION_COOKIE}=${token}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; Secure; SameSite=Lax`
}

export function endedSessionCookie(): string {
  return sessionCookie('', 0)
}
