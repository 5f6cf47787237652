import { parseIp } from './ip.ts'

const MAX_URL_LENGTH = 2_048
/** RFC 1035 §2.3.4. */
const MAX_HOSTNAME_LENGTH = 253
const MAX_LABEL_LENGTH = 63
const MAX_PORT = 65_535
const PORT_RULE = `must use a port from 1 to ${MAX_PORT}`
const DNS_PORT = 53
export const MAX_HEADERS = 32
const MAX_HEADER_NAME_LENGTH = 64
const MAX_HEADER_VALUE_LENGTH = 4_096

/** The rule that a text broke, in words for the person who typed it. */
export type Broken = { ok: false; rule: string }

export type Target = { ok: true; url: URL } | Broken

/** `host` as URL.hostname spells it: names in ASCII, IPv4 in decimal, IPv6 in brackets. */
export type HostTarget = { ok: true; host: string } | Broken

export type EndpointTarget = { ok: true; host: string; port: number } | Broken

export type NameTarget = { ok: true; name: string } | Broken

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

/** Parses `host:port`, the target of TCP and TLS checks; an IPv6 address stands in brackets. */
export function parseEndpoint(text: string): EndpointTarget {
  const [, hostText, portText] = /^(.+):(\d{1,5})$/.exec(text) ?? []
  if (hostText === undefined) return broken('must be a host and a port such as example.com:443')
  if (isIpv6(text) || isIpv6(hostText)) {
    return broken('must have brackets around an IPv6 address, such as [2606:4700::1111]:443')
  }
  const port = Number(portText)
  if (port < 1 || port > MAX_PORT) return broken(PORT_RULE)
  const host = parseHost(hostText)
  return host.ok ? { ...host, port } : host
}

/** Parses a host name or an IP address, the target of PING checks; IPv6 with or without brackets. */
export function parseHost(text: string): HostTarget {
  const host = hostnameOf(isIpv6(text) ? `[${text}]` : text)
  if (host?.startsWith('[')) return { ok: true, host }
  if (!host || !/^[a-z0-9_][a-z0-9_.-]*$/.test(host)) {
    return broken('must be a host name or an IP address such as example.com or 1.1.1.1')
  }
  const rule = nameRule(host.replace(/\.$/, ''))
  return rule ? broken(rule) : { ok: true, host }
}

/** Parses a name to ask DNS for, into ASCII (UTS 46), lower case and without its last dot. */
export function parseDomainName(text: string): NameTarget {
  // The suffix keeps URL from reading 127.1 as an address.
  const name = hostnameOf(text.replace(/\.?$/, '.invalid'))?.slice(0, -'.invalid'.length)
  if (!name || !/^[a-z0-9_.*-]*[a-z][a-z0-9_.*-]*$/.test(name)) {
    return broken('must be a domain name such as example.com')
  }
  const rule = nameRule(name)
  return rule ? broken(rule) : { ok: true, name }
}

/** Parses the address of a DNS server, `:port` optional; no names: who would resolve them? */
export function parseResolver(text: string): EndpointTarget {
  const endpoint = parseIp(text) ? null : /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(text)
  const [, ipv6, ipv4, portText = DNS_PORT] = endpoint ?? []
  const address = ipv6 ?? ipv4 ?? text
  if (!parseIp(address) || (ipv6 && !isIpv6(ipv6))) {
    return broken('must be an IP address such as 1.1.1.1 or [2606:4700:4700::1111]:53')
  }
  const port = Number(portText)
  if (port < 1 || port > MAX_PORT) return broken(PORT_RULE)
  return { ok: true, host: isIpv6(address) ? `[${address}]` : address, port }
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

/** As URL spells it, so that every spelling of an address is judged as that address; null if it is no host. */
function hostnameOf(text: string): string | null {
  if (text.length > MAX_URL_LENGTH) return null
  if (/[\u0000-\u0020\u007f#%/<>?@\\^|]/.test(text)) return null
  if (text.includes(':') && !/^\[[^\]]*\]$/.test(text)) return null
  return URL.parse(`http://${text}/`)?.hostname ?? null
}

function isIpv6(text: string): boolean {
  return parseIp(text)?.version === 6
}

function nameRule(name: string): string | null {
  if (name.length > MAX_HOSTNAME_LENGTH) {
    return `must name a host of at most ${MAX_HOSTNAME_LENGTH} characters`
  }
  const isBroken = name.split('.').some(({ length }) => length < 1 || length > MAX_LABEL_LENGTH)
  return isBroken ? `must have 1 to ${MAX_LABEL_LENGTH} characters between two dots` : null
}

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
  if (url.port === '0') return PORT_RULE
  // Escaping and punycode can lengthen what was typed.
  if (url.href.length > MAX_URL_LENGTH)
    return `must be at most ${MAX_URL_LENGTH} characters once encoded`
  return null
}

function broken(rule: string): Broken {
  return { ok: false, rule }
}
