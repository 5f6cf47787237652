import type { DnsExpectations, DnsRecordType, DnsResponseCode } from '../../../../core/check.ts'
import { builder } from '../../../graphql/builder.ts'
import { described } from '../../../graphql/described.ts'
import { shownBy } from '../shown.ts'
import { dnsSchema } from './dns.ts'

const DnsRecordTypeType = builder.enumType('DnsRecordType', {
  description: 'A type of DNS record.',
  values: described<DnsRecordType>({
    A: 'IPv4 addresses.',
    AAAA: 'IPv6 addresses.',
    CNAME: 'The name that this one stands for.',
    MX: 'Where mail goes, with preferences.',
    NS: 'The name servers of a zone.',
    TXT: 'Text, the parts of each record joined.',
    SRV: 'Where a service is found, with priority, weight and port.',
    CAA: 'Who may issue certificates.',
    SOA: 'The start of a zone, with its serial.',
  }),
})

export const DnsResponseCodeType = builder.enumType('DnsResponseCode', {
  description: 'How a resolver answers (RFC 1035 §4.1.1).',
  values: described<DnsResponseCode>({
    NOERROR: 'The name exists.',
    FORMERR: 'It did not understand the question.',
    SERVFAIL: 'It could not find out.',
    NXDOMAIN: 'There is no such name.',
    NOTIMP: 'It does not answer such questions.',
    REFUSED: 'It does not want to.',
  }),
})

export const MonitorDnsInput = builder.inputType('MonitorDnsInput', {
  description: 'What to ask of DNS. On update, what is left out stays.',
  fields: (t) => ({
    recordType: t.field({ type: DnsRecordTypeType, description: 'Which records; A by default.' }),
    resolver: t.string({
      description:
        'The IP address of the resolver to ask, with `:port` if it is not 53; null for the one that the probe uses.',
    }),
    responseCode: t.field({
      type: DnsResponseCodeType,
      description: 'How it must answer; NOERROR by default.',
    }),
  }),
})

const MonitorDns = builder.objectRef<DnsExpectations>('MonitorDns').implement({
  description: 'What is asked of DNS, and expected.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    recordType: t.expose('recordType', {
      type: DnsRecordTypeType,
      description: 'Which records are asked for.',
    }),
    resolver: t.exposeString('resolver', {
      nullable: true,
      description: 'The resolver that is asked; null for the one that the probe uses.',
    }),
    responseCode: t.expose('responseCode', {
      type: DnsResponseCodeType,
      description: 'How it must answer.',
    }),
  }),
})

builder.prismaObjectField('Monitor', 'dns', (t) =>
  t.field({
    type: MonitorDns,
    nullable: true,
    description: 'What is asked of DNS; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true },
    resolve: shownBy('DNS', dnsSchema),
  }),
)
