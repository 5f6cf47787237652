import { toBase64 } from '../../../core/base64.ts'
import type { HttpExpectations } from '../../../core/check.ts'
import { authorizationOf } from '../../../core/hop.ts'

const REDACTED = '[redacted]'
/** What is shorter says nothing, and stands in every page. */
const MIN_SECRET_LENGTH = 4

/** Headers whose whole value is kept from people. */
const SECRET_HEADER =
  /cookie|authori[sz]ation|token|secret|passw|api-?key|access-?key|session|signature|credential|csrf|xsrf/i

/** Headers of a request that are no secret, however they were chosen. */
const PLAIN_REQUEST_HEADER =
  /^(accept(-\w+)?|cache-control|content-type|host|origin|pragma|referer|user-agent)$/i

/** What is taken out of a text wherever it stands; `$1` is what stays before it. Each is linear in the text. */
const RULES: Record<string, { pattern: RegExp; becomes: string }> = {
  'a private key': {
    pattern: /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s:,-]{0,16384}/g,
    becomes: REDACTED,
  },
  'a JSON Web Token': {
    // Each run of letters is looked at once: a page of nothing but `-eyJ` would hold the process for seconds.
    pattern:
      /(?<![\w-])(?=[\w-]+\.[\w-]{4})([\w-]*?)\beyJ[\w-]{8,}\.[\w-]{4,8192}(?:\.[\w-]{0,8192})?/g,
    becomes: `$1${REDACTED}`,
  },
  'credentials within an address': {
    pattern: /(:\/\/)[^\s/@"'<>]{1,512}@/g,
    becomes: `$1${REDACTED}@`,
  },
  'an Authorization value': {
    pattern:
      /\b([Bb]earer|[Bb]asic|BEARER|BASIC)\s{1,3}(?=[\w.~+/-]{1,64}[\dA-Z=])[\w.~+/-]{8,8192}={0,2}/g,
    becomes: `$1 ${REDACTED}`,
  },
  'a key of a known make': {
    pattern:
      /\b(?:(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|xox[abeprs]-[\w-]{10,255}|[rs]k_(?:live|test)_\w{10,255}|AIza[\w-]{35}|sk-[\w-]{20,255}|npm_\w{30,255}|SG\.[\w-]{16,64}\.[\w-]{16,64}|whsec_[\w+/=-]{16,255}|pharos_[0-9a-f]{16}_[\w-]{43})/g,
    becomes: REDACTED,
  },
  'an address that is a key': {
    pattern: /(hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/[\w/-]{1,255}/g,
    becomes: `$1/${REDACTED}`,
  },
  'a value under a telling name': {
    pattern:
      /((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|credentials?|session[_-]?id|sessid|auth[_-]?key)\w{0,20}(?:["']|&quot;)?\s{0,3}(?:=>|[:=])\s{0,3})(?!\[redacted\])(?:"[^"\n]{1,8192}"?|'[^'\n]{1,8192}'?|[^\s,;&<>"'}\]]{1,8192})/gi,
    becomes: `$1${REDACTED}`,
  },
  'a field of a form': {
    pattern:
      /(name=["'][^"']{0,60}(?:token|passw|secret|key|csrf)[^"']{0,40}["'][^>]{0,200}?value=["'])[^"']{1,8192}/gi,
    becomes: `$1${REDACTED}`,
  },
}

export type Header = { name: string; value: string }

/** What a request carries that the answer to it may echo: chosen headers and credentials. */
export function secretsOf({ headers, auth }: HttpExpectations): string[] {
  const chosen = headers.filter(({ name }) => !PLAIN_REQUEST_HEADER.test(name))
  const values = chosen.map(({ value }) => value)
  if (auth?.type === 'BEARER') values.push(auth.token)
  if (auth?.type === 'BASIC')
    values.push(auth.password, authorizationOf(auth).slice('Basic '.length))
  return values.filter((value) => value.length >= MIN_SECRET_LENGTH)
}

/** Headers as they may be kept; `secrets` are those of secretsOf. */
export function redactHeaders(headers: readonly Header[], secrets: readonly string[]): Header[] {
  return headers.map(({ name, value }) => ({
    name,
    value: SECRET_HEADER.test(name) ? REDACTED : redactText(value, secrets),
  }))
}

/** A text as it may be kept: without the given secrets in any spelling, and without what looks like one. */
export function redactText(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap(spellingsOf).toSorted((a, b) => b.length - a.length)
  const known = spellings.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
  return Object.values(RULES).reduce(
    (rest, { pattern, becomes }) => rest.replace(pattern, becomes),
    known,
  )
}

/** As a page may show it: plain, in an address, in JSON, in HTML, in base64. */
function spellingsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1)
  const html = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const quoted = html.replaceAll('"', '&quot;').replaceAll("'", '&#39;')
  const base64 = toBase64(new TextEncoder().encode(secret))
  return [...new Set([secret, encodeURIComponent(secret), json, html, quoted, base64])]
}
