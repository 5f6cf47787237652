import type { TcpExpectations } from '../../../../core/check.ts'
import { builder } from '../../../graphql/builder.ts'
import { shownBy } from '../shown.ts'
import { tcpSchema } from './tcp.ts'

export const MonitorTcpInput = builder.inputType('MonitorTcpInput', {
  description: 'What to say over TCP. On update, what is left out stays.',
  fields: (t) => ({
    tls: t.boolean({ description: 'Speak TLS from the first byte; false by default.' }),
    verifyTls: t.boolean({
      description: 'Take a certificate that is not to be trusted as a failure; true by default.',
    }),
    send: t.string({
      description:
        'What to send once connected, at most 4 KB; null to send nothing. It is shown again.',
    }),
    expect: t.string({
      description:
        'A pattern in RE2 syntax that the first 64 KB of the answer must match, at most 250 characters; null if a connection is enough.',
    }),
  }),
})

const MonitorTcp = builder.objectRef<TcpExpectations>('MonitorTcp').implement({
  description: 'What is said over TCP, and expected.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    tls: t.exposeBoolean('tls', { description: 'Whether TLS is spoken from the first byte.' }),
    verifyTls: t.exposeBoolean('verifyTls', {
      description: 'Whether a certificate that is not to be trusted is a failure.',
    }),
    send: t.exposeString('send', { nullable: true, description: 'What is sent once connected.' }),
    expect: t.exposeString('expect', {
      nullable: true,
      description: 'The pattern that the answer must match; null if a connection is enough.',
    }),
  }),
})

builder.prismaObjectField('Monitor', 'tcp', (t) =>
  t.field({
    type: MonitorTcp,
    nullable: true,
    description: 'What is said over TCP; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true },
    resolve: shownBy('TCP', tcpSchema),
  }),
)
