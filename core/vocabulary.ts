import type {
  AssertionSource,
  Comparison,
  DnsRecordType,
  DnsResponseCode,
  HttpMethod,
} from './check.ts'

/** The words of core/check.ts as lists, for whoever reads them from outside. */

export const httpMethods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
] as const satisfies HttpMethod[]

export const assertionSources = [
  'STATUS',
  'HEADER',
  'BODY',
  'JSON',
  'LATENCY',
  'CERTIFICATE_DAYS',
  'DNS_RECORD',
] as const satisfies AssertionSource[]

export const comparisons = [
  'EQUALS',
  'NOT_EQUALS',
  'CONTAINS',
  'NOT_CONTAINS',
  'MATCHES',
  'NOT_MATCHES',
  'EXISTS',
  'NOT_EXISTS',
  'GREATER_THAN',
  'LESS_THAN',
] as const satisfies Comparison[]

export const dnsRecordTypes = [
  'A',
  'AAAA',
  'CNAME',
  'MX',
  'NS',
  'TXT',
  'SRV',
  'CAA',
  'SOA',
] as const satisfies DnsRecordType[]

export const dnsResponseCodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
] as const satisfies DnsResponseCode[]
