import type { PingExpectations } from '../../../../core/check.ts'
import { builder } from '../../../graphql/builder.ts'
import { shownBy } from '../shown.ts'
import { pingSchema } from './ping.ts'

export const MonitorPingInput = builder.inputType('MonitorPingInput', {
  description: 'How to ping. On update, what is left out stays.',
  fields: (t) => ({
    packets: t.int({ description: 'How many packets a check sends, 1–10; 3 by default.' }),
    maxLossPercent: t.int({
      description: 'What share of them may be lost, in percent, 0–99; 50 by default.',
    }),
  }),
})

const MonitorPing = builder.objectRef<PingExpectations>('MonitorPing').implement({
  description: 'How it is pinged.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    packets: t.exposeInt('packets', { description: 'How many packets a check sends.' }),
    maxLossPercent: t.exposeInt('maxLossPercent', {
      description: 'What share of them may be lost, in percent.',
    }),
  }),
})

builder.prismaObjectField('Monitor', 'ping', (t) =>
  t.field({
    type: MonitorPing,
    nullable: true,
    description: 'How it is pinged; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true },
    resolve: shownBy('PING', pingSchema),
  }),
)
