const MAX_URL_LENGTH = 2_048
/** RFC 1035 §2.3.4. */
const MAX_HOSTNAME_LENGTH = 253
export const MAX_HEADERS = 32
const MAX_HEADER_NAME_LENGTH = 64
const MAX_HEADER_VALUE_LENGTH = 4_096

/** A parsed address to check, or the rule that the text broke, in words for the person who typed it. */
export type Target = { ok: true; url: URL } | { ok: false; rule: string }

/** Parses an http(s) address once; from here on only the URL object is used. `base` resolves a redirect's Location. */
export function parseTarget(text: string, base?: URL): Target {
  if (text.length > MAX_URL_LENGTH) return broken(`must be at most ${MAX_URL_LENGTH} characters`)
  // URL would silently drop tabs and line breaks, and trim spaces: what was typed would not be what is checked.
  if (/[\u0000-\u0020\u007f]/.test(text))
    return broken('must not contain spaces or control characters')
  const url = URL.parse(text, base)
  if (!url) return broken('must be a full address such as https://example.com/health')
  const rule = urlRule(url)
  return rule ? broken(rule) : { ok: true, url }
}

/** The rule of RFC 9110 §5.1 or of ours that a request header's name breaks; null when it may be sent. */
export function headerNameRule(name: string): string | null {
  if (name.length > MAX_HEADER_NAME_LENGTH)
    return `must be at most ${MAX_HEADER_NAME_LENGTH} characters`
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    return "must be a header name: letters, digits and !#$%&'*+-.^_`|~"
  }
  if (RESERVED_HEADERS.has(name.toLowerCase()))
    return 'is set by the connection itself and cannot be chosen'
  return null
}

/** The rule of RFC 9110 §5.5 or of ours that a request header's value breaks; null when it may be sent. */
export function headerValueRule(value: string): string | null {
  if (value.length > MAX_HEADER_VALUE_LENGTH) {
    return `must be at most ${MAX_HEADER_VALUE_LENGTH} characters`
  }
  if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value)) {
    return 'must not contain line breaks, control characters or characters outside Latin-1'
  }
  return null
}

/** Hop-by-hop (RFC 9110 §7.6.1) and framing: choosing these lets a request be read as two. */
const RESERVED_HEADERS = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

function urlRule(url: URL): string | null {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'must start with http:// or https://'
  if (url.username || url.password) {
    return 'must not contain a user name or password; use the authentication settings'
  }
  if (!url.hostname) return 'must name a host'
  if (url.hostname.length > MAX_HOSTNAME_LENGTH) {
    return `must name a host of at most ${MAX_HOSTNAME_LENGTH} characters`
  }
  if (url.port === '0') return 'must use a port from 1 to 65535'
  // Escaping and punycode can lengthen what was typed.
  if (url.href.length > MAX_URL_LENGTH)
    return `must be at most ${MAX_URL_LENGTH} characters once encoded`
  return null
}

function broken(rule: string): Target {
  return { ok: false, rule }
}
