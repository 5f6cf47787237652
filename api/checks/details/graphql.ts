import type { ChainLink, FindingDetails } from '../../../core/check.ts'
import { builder } from '../../graphql/builder.ts'
import { DnsResponseCodeType } from '../../monitors/kinds/dns/graphql.ts'

const read = { permission: 'MONITORS_READ' } as const

type Details<Kind extends FindingDetails['kind']> = Extract<FindingDetails, { kind: Kind }>

const PingDetails = builder.objectRef<Details<'PING'>>('PingDetails').implement({
  description: 'What became of the packets of a ping.',
  authScopes: read,
  fields: (t) => ({
    sent: t.exposeInt('sent', { description: 'How many were sent.' }),
    received: t.exposeInt('received', { description: 'How many were answered.' }),
    minMs: t.exposeFloat('minMs', {
      nullable: true,
      description: 'The fastest round trip; null if none was answered.',
    }),
    maxMs: t.exposeFloat('maxMs', {
      nullable: true,
      description: 'The slowest round trip; null if none was answered.',
    }),
  }),
})

const DnsDetails = builder.objectRef<Details<'DNS'>>('DnsDetails').implement({
  description: 'What a resolver answered.',
  authScopes: read,
  fields: (t) => ({
    responseCode: t.expose('responseCode', {
      type: DnsResponseCodeType,
      nullable: true,
      description: 'How it answered; null for a code that no resolver should answer with.',
    }),
    records: t.exposeStringList('records', {
      description: 'The records as text, as assertions compare them.',
    }),
  }),
})

const Certificate = builder.objectRef<ChainLink>('Certificate').implement({
  description: 'One certificate of a chain.',
  authScopes: read,
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'Whose it is.' }),
    issuer: t.exposeString('issuer', { description: 'Who signed it.' }),
    validFrom: t.expose('validFrom', { type: 'DateTime', description: 'From when it is valid.' }),
    validTo: t.expose('validTo', { type: 'DateTime', description: 'Until when it is valid.' }),
  }),
})

const TlsDetails = builder.objectRef<Details<'TLS'>>('TlsDetails').implement({
  description: 'What a TLS handshake came to.',
  authScopes: read,
  fields: (t) => ({
    protocol: t.exposeString('protocol', { description: 'The version agreed upon.' }),
    cipher: t.exposeString('cipher', { description: 'The cipher agreed upon.' }),
    chain: t.expose('chain', {
      type: [Certificate],
      description: 'The certificates that the server presented, its own first.',
    }),
  }),
})

const HeartbeatDetails = builder.objectRef<Details<'HEARTBEAT'>>('HeartbeatDetails').implement({
  description: 'What a job told of its run.',
  authScopes: read,
  fields: (t) => ({
    runMs: t.exposeFloat('runMs', {
      nullable: true,
      description: 'From its start to its end; null where it did not tell its start.',
    }),
    exitCode: t.exposeInt('exitCode', {
      nullable: true,
      description: 'Its exit code; null where it told none.',
    }),
  }),
})

const typeNames = {
  PING: 'PingDetails',
  DNS: 'DnsDetails',
  TLS: 'TlsDetails',
  HEARTBEAT: 'HeartbeatDetails',
} satisfies Record<FindingDetails['kind'], string>

/** What only one kind of check finds. */
export const CheckDetails = builder.unionType('CheckDetails', {
  description: 'What only one kind of check finds.',
  types: [PingDetails, DnsDetails, TlsDetails, HeartbeatDetails],
  resolveType: ({ kind }) => typeNames[kind],
})
