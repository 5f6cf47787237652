import type { Heartbeat } from '../../../../generated/prisma/client.ts'
import { builder } from '../../../graphql/builder.ts'
import { shownBy } from '../shown.ts'
import { planSchema } from './heartbeat.ts'
import type { HeartbeatPlan } from './plan.ts'

export const MonitorHeartbeatInput = builder.inputType('MonitorHeartbeatInput', {
  description:
    'When a job is to call: every so many seconds, or by a cron expression. Once a day by default. On update, what is left out stays.',
  fields: (t) => ({
    periodSeconds: t.int({
      description: 'From one call to the next, 10–34,300,800 (397 days); instead of `cron`.',
    }),
    cron: t.string({
      description:
        'Five fields, minutes first, such as `30 2 * * 1-5`; instead of `periodSeconds`. At least one run in 397 days.',
    }),
    timeZone: t.string({
      description:
        'Where the clock of `cron` hangs, such as `Europe/Berlin`; UTC by default. A run in the hour that spring leaves out comes after it.',
    }),
    graceSeconds: t.int({
      description: 'How late a call may be before it is missed, 1–604,800; 3,600 by default.',
    }),
  }),
})

/** With what is awaited of the job, for what else there is to tell of it. */
type ShownHeartbeat = HeartbeatPlan & { state: Heartbeat }

export const MonitorHeartbeat = builder.objectRef<ShownHeartbeat>('MonitorHeartbeat').implement({
  description: 'When a job is to call.',
  authScopes: { permission: 'MONITORS_READ' },
  fields: (t) => ({
    periodSeconds: t.exposeInt('periodSeconds', {
      nullable: true,
      description: 'From one call to the next; null where a cron expression tells.',
    }),
    cron: t.exposeString('cron', {
      nullable: true,
      description: 'The cron expression; null where a period tells.',
    }),
    timeZone: t.exposeString('timeZone', {
      nullable: true,
      description: 'The time zone of the cron expression.',
    }),
    graceSeconds: t.exposeInt('graceSeconds', {
      description: 'How late a call may be before it is missed.',
    }),
  }),
})

const planOf = shownBy('HEARTBEAT', planSchema)

builder.prismaObjectField('Monitor', 'heartbeat', (t) =>
  t.field({
    type: MonitorHeartbeat,
    nullable: true,
    description: 'When a job is to call; null for other kinds, and where it cannot be read.',
    select: { kind: true, expectations: true, heartbeat: true },
    resolve: (row) => {
      const plan = planOf(row)
      return plan && row.heartbeat && { ...plan, state: row.heartbeat }
    },
  }),
)
