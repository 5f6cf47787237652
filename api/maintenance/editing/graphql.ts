import { builder, type InputFields, type PayloadFields } from '../../graphql/builder.ts'
import { principalOf } from '../../graphql/context.ts'
import { encodeId, uuidOf } from '../../graphql/ids.ts'
import {
  createMaintenanceWindow,
  deleteMaintenanceWindow,
  updateMaintenanceWindow,
} from '../deeds.ts'
import { MaintenanceWindow, windowOf } from '../graphql.ts'
import { MAX_DURATION_MINUTES, MAX_MONITORS, MAX_WINDOWS } from '../window.ts'

const write = { permission: 'MONITORS_WRITE' } as const

const scheduleFields = <Required extends boolean>(t: InputFields, required: Required) => ({
  name: t.string({ required, description: '1–100 characters.' }),
  startsAt: t.string({
    required,
    description:
      'When it begins, or begins for the first time, by the wall clock of its time zone: `2026-11-20T02:30`. A time ' +
      'that the clocks jump over in spring comes as much later as they jump, a time that they show twice in autumn ' +
      'is the first of the two.',
  }),
  durationMinutes: t.int({
    required,
    description: `How long it lasts, 1–${MAX_DURATION_MINUTES} minutes that pass: what begins at 01:00 and lasts 180 of them ends at 05:00 in the night in which clocks jump from 02:00 to 03:00.`,
  }),
  timeZone: t.string({ description: 'An IANA time zone, such as Europe/Paris; UTC by default.' }),
  rrule: t.string({
    description:
      'By which rule of RFC 5545 it recurs, without DTSTART: `FREQ=MONTHLY;BYDAY=2TU`. FREQ from DAILY to YEARLY; ' +
      'all in wall clock, but UNTIL where it ends in Z. RFC 5545 drops a start that the clocks jump over: here it is ' +
      'moved, see `startsAt`. Null: it happens once.',
  }),
  monitorIds: t.idList({
    description: `For which monitors, at most ${MAX_MONITORS}; null for all, those to come included.`,
  }),
})

const windowField = (t: PayloadFields<{ windowId: string }>) => ({
  maintenanceWindow: t.prismaField({
    type: MaintenanceWindow,
    description: 'The window as it is now.',
    resolve: (query, { windowId }, _args, context) => windowOf(context, windowId, query),
  }),
})

builder.relayMutationField(
  'createMaintenanceWindow',
  { description: 'When work is done, and on what.', inputFields: (t) => scheduleFields(t, true) },
  {
    description:
      'Announces work, once or by a rule. Work of the past counts too: it changes the uptime, and no alert. ' +
      `A workspace has at most ${MAX_WINDOWS} windows. Errors: BAD_USER_INPUT, NOT_FOUND, LIMIT_REACHED.`,
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const window = { ...input, monitorIds: monitorUuids(input.monitorIds) }
      return { windowId: await createMaintenanceWindow(context.deps, principalOf(context), window) }
    },
  },
  { description: 'The new window.', outputFields: windowField },
)

builder.relayMutationField(
  'updateMaintenanceWindow',
  {
    description: 'What to change; what is left out stays.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the window.' }),
      ...scheduleFields(t, false),
    }),
  },
  {
    description:
      'Changes a window. Another schedule of one that recurs changes what is to come, and ends what goes on unless ' +
      'it goes on by the new one too; one that happens once changes whole, also if it is past: uptime follows. ' +
      'Other monitors are its monitors for the past too. Errors: NOT_FOUND, BAD_USER_INPUT.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const windowId = uuidOf('MaintenanceWindow', input.id)
      const change = { ...input, id: windowId, monitorIds: monitorUuids(input.monitorIds) }
      await updateMaintenanceWindow(context.deps, principalOf(context), change)
      return { windowId }
    },
  },
  { description: 'The window that was changed.', outputFields: windowField },
)

builder.relayMutationField(
  'deleteMaintenanceWindow',
  {
    description: 'Which window to end.',
    inputFields: (t) => ({
      id: t.id({ required: true, description: 'The id of the window.' }),
      keepsPast: t.boolean({
        defaultValue: true,
        description:
          'Whether what it was until now still counts as maintenance; false: as if it had never been.',
      }),
    }),
  },
  {
    description: 'Ends a window now, and for good. Errors: NOT_FOUND.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const windowId = uuidOf('MaintenanceWindow', input.id)
      const keepsPast = input.keepsPast ?? true
      await deleteMaintenanceWindow(context.deps, principalOf(context), { id: windowId, keepsPast })
      return { windowId }
    },
  },
  {
    description: 'The window is gone.',
    outputFields: (t) => ({
      deletedMaintenanceWindowId: t.id({
        description: 'The id it had.',
        resolve: ({ windowId }) => encodeId('MaintenanceWindow', windowId),
      }),
    }),
  },
)

/** Left out stays left out. */
function monitorUuids(ids: readonly string[] | null | undefined): string[] | null | undefined {
  return ids?.map((id) => uuidOf('Monitor', id)) ?? (ids as null | undefined)
}
