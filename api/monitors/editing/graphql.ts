import type { Principal } from '../../accounts/principal.ts'
import { Check } from '../../checks/graphql.ts'
import type { Deps } from '../../deps.ts'
import { builder, type PayloadFields } from '../../graphql/builder.ts'
import { type Context, principalOf } from '../../graphql/context.ts'
import { encodeId, uuidOf } from '../../graphql/ids.ts'
import {
  createMonitor,
  deleteMonitor,
  pauseMonitor,
  resumeMonitor,
  testMonitor,
  updateMonitor,
} from '../deeds.ts'
import { Monitor, monitorOf } from '../graphql.ts'
import { nameFields, settingsFields } from '../input/graphql.ts'

const write = { permission: 'MONITORS_WRITE' } as const

const id = { required: true, description: 'The id of the monitor.' } as const

const monitorField = (t: PayloadFields<{ monitorId: string }>) => ({
  monitor: t.prismaField({
    type: Monitor,
    description: 'The monitor as it is now.',
    resolve: (query, { monitorId }, _args, context) => monitorOf(context, monitorId, query),
  }),
})

builder.relayMutationField(
  'createMonitor',
  {
    description: 'What to watch, and by which policy.',
    inputFields: (t) => ({ ...nameFields(t, true), ...settingsFields(t) }),
  },
  {
    description:
      'Watches a target from now on; its first check is due at once. Errors: BAD_USER_INPUT, LIMIT_REACHED.',
    authScopes: write,
    resolve: async (_root, { input }, context) => ({
      monitorId: await createMonitor(context.deps, principalOf(context), input),
    }),
  },
  { description: 'The new monitor.', outputFields: monitorField },
)

builder.relayMutationField(
  'updateMonitor',
  {
    description: 'What to change: what is left out stays, null clears what may be empty.',
    inputFields: (t) => ({ id: t.id(id), ...nameFields(t, false), ...settingsFields(t) }),
  },
  {
    description:
      'Changes a monitor. Checks made so far no longer count where the target, what is expected or the policy changes. ' +
      'Ends a quarantine. Errors: NOT_FOUND, BAD_USER_INPUT, LIMIT_REACHED.',
    authScopes: write,
    resolve: async (_root, { input: { id, ...changes } }, context) => {
      const monitorId = uuidOf('Monitor', id)
      await updateMonitor(context.deps, principalOf(context), monitorId, changes)
      return { monitorId }
    },
  },
  { description: 'The changed monitor.', outputFields: monitorField },
)

builder.relayMutationField(
  'pauseMonitor',
  { description: 'Which monitor to pause.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Stops watching; open incidents are resolved, and whoever was told of them is told so. ' +
      'Doing it twice changes nothing. Errors: NOT_FOUND.',
    authScopes: write,
    resolve: (_root, { input }, context) => act(pauseMonitor, input, context),
  },
  { description: 'The paused monitor.', outputFields: monitorField },
)

builder.relayMutationField(
  'resumeMonitor',
  { description: 'Which monitor to resume.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Watches again, beginning anew with a check at once; ends a quarantine too. Doing it twice changes nothing. Errors: NOT_FOUND.',
    authScopes: write,
    resolve: (_root, { input }, context) => act(resumeMonitor, input, context),
  },
  { description: 'The resumed monitor.', outputFields: monitorField },
)

builder.relayMutationField(
  'deleteMonitor',
  { description: 'Which monitor to delete.', inputFields: (t) => ({ id: t.id(id) }) },
  {
    description:
      'Deletes a monitor with its incidents, alerts and history; whoever was told of an incident that is not over ' +
      'is told that it is. Errors: NOT_FOUND.',
    authScopes: write,
    resolve: (_root, { input }, context) => act(deleteMonitor, input, context),
  },
  {
    description: 'It is gone.',
    outputFields: (t) => ({
      deletedMonitorId: t.id({
        description: 'The id it had.',
        resolve: ({ monitorId }) => encodeId('Monitor', monitorId),
      }),
    }),
  },
)

builder.relayMutationField(
  'testMonitor',
  {
    description: 'What to check, as for createMonitor.',
    inputFields: (t) => ({ ...nameFields(t, true), ...settingsFields(t) }),
  },
  {
    description:
      'Checks at once and saves nothing. What takes longer than the timeout, or than 8 s, is told as a timeout. ' +
      'Errors: BAD_USER_INPUT, RATE_LIMITED.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const principal = principalOf(context)
      await context.attempts.monitorTest(principal.workspaceId)
      return { checks: await testMonitor(context.deps, principal, input) }
    },
  },
  {
    description: 'What the test found.',
    outputFields: (t) => ({
      checks: t.field({
        type: [Check],
        description: 'One check from each region that could test it now. They are not kept.',
        resolve: ({ checks }) => checks,
      }),
    }),
  },
)

type Deed = (deps: Deps, principal: Principal, id: string) => Promise<void>

async function act(deed: Deed, input: { id: string }, context: Context) {
  const monitorId = uuidOf('Monitor', input.id)
  await deed(context.deps, principalOf(context), monitorId)
  return { monitorId }
}
