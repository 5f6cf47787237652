import type { TlsExpectations } from '../../../../core/check.ts'
import { builder } from '../../../graphql/builder.ts'
import { shownBy } from '../shown.ts'
import { tlsSchema } from './tls.ts'

export const MonitorTlsInput = builder.inputType('MonitorTlsInput', {
  description: 'What to expect of certificates. On update, what is left out stays.',
  fields: (t) => ({
    serverName: t.string({
      description:
        'The name to ask for and to look for in the certificate; null for the host of the target.',
    }),
    verifyChain: t.boolean({
      description: 'Take a chain that is untrusted or incomplete as a failure; true by default.',
    }),
  }),
})

const MonitorTls = builder.objectRef<TlsExpectations>('MonitorTls').implement({
  description: 'What is expected of certificates.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    serverName: t.exposeString('serverName', {
      nullable: true,
      description: 'The name that must be in the certificate; null for the host of the target.',
    }),
    verifyChain: t.exposeBoolean('verifyChain', {
      description: 'Whether a chain that is untrusted or incomplete is a failure.',
    }),
  }),
})

builder.prismaObjectField('Monitor', 'tls', (t) =>
  t.field({
    type: MonitorTls,
    nullable: true,
    description:
      'What is expected of certificates; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true },
    resolve: shownBy('TLS', tlsSchema),
  }),
)
