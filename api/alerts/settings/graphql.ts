import { builder } from '../../graphql/builder.ts'
import { principalOf, workspaceOf } from '../../graphql/context.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { Monitor, monitorOf } from '../../monitors/graphql.ts'
import { Channel } from '../channels/graphql.ts'
import { setAlertSettings } from './deeds.ts'
import { readSettingsInForce, type SettingsInForce } from './reading.ts'
import type { ShownSetting } from './store.ts'

const read = { permission: 'MONITORS_READ' } as const
const write = { permission: 'MONITORS_WRITE' } as const

const AlertSetting = builder.objectRef<ShownSetting>('AlertSetting').implement({
  description: 'What one channel hears of a monitor.',
  authScopes: read,
  fields: (t) => ({
    channel: t.expose('channel', { type: Channel, description: 'The channel that hears it.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it hears anything.' }),
    onDown: t.exposeBoolean('onDown', { description: 'Whether it hears that it is down.' }),
    onUp: t.exposeBoolean('onUp', {
      description: 'Whether it hears that what it was told of is over.',
    }),
    onSlow: t.exposeBoolean('onSlow', { description: 'Whether it hears that it is slow.' }),
    onCertificate: t.exposeBoolean('onCertificate', {
      description: 'Whether it hears that the certificate expires soon.',
    }),
    slowThresholdMs: t.exposeInt('slowThresholdMs', {
      nullable: true,
      description:
        'From which latency on it hears of slowness; null: from the monitor’s own on. Of what opens below it and ' +
        'gets slower it hears once the last `slowThreshold` checks that were too slow all reach it.',
    }),
  }),
})

const AlertSettings = builder.objectRef<SettingsInForce>('AlertSettings').implement({
  description: 'Which channels hear what, besides the one mailbox that hears everything.',
  authScopes: read,
  fields: (t) => ({
    isOwn: t.exposeBoolean('isOwn', {
      description:
        'Whether they are the monitor’s own, which stay its own where none is left; false: the default of the workspace.',
    }),
    settings: t.expose('settings', {
      type: [AlertSetting],
      description: 'One for each channel; the others hear nothing.',
    }),
  }),
})

builder.queryField('defaultAlertSettings', (t) =>
  t.field({
    type: AlertSettings,
    description: 'What is in force for monitors that have no alert settings of their own.',
    authScopes: read,
    resolve: async (_root, _args, context) =>
      (await readSettingsInForce(context.deps, workspaceOf(context), [null]))[0]!,
  }),
)

builder.prismaObjectField('Monitor', 'alertSettings', (t) =>
  t.loadable({
    type: AlertSettings,
    description: 'What is in force for it.',
    load: (monitorIds: string[], context) =>
      readSettingsInForce(context.deps, workspaceOf(context), monitorIds),
    resolve: ({ id }) => id,
  }),
)

const AlertSettingInput = builder.inputType('AlertSettingInput', {
  description: 'What one channel is to hear; what is left out is true.',
  fields: (t) => ({
    channelId: t.id({ required: true, description: 'The id of the channel.' }),
    isActive: t.boolean({ description: 'Whether it hears anything.' }),
    onDown: t.boolean({ description: 'Whether it hears that the monitor is down.' }),
    onUp: t.boolean({ description: 'Whether it hears that what it was told of is over.' }),
    onSlow: t.boolean({ description: 'Whether it hears that the monitor is slow.' }),
    onCertificate: t.boolean({ description: 'Whether it hears of the certificate.' }),
    slowThresholdMs: t.int({
      description:
        'From which latency on it hears of slowness, 1–30,000; null: from the monitor’s own on.',
    }),
  }),
})

builder.relayMutationField(
  'setAlertSettings',
  {
    description: 'Which channels are to hear what.',
    inputFields: (t) => ({
      monitorId: t.id({
        description: 'Of which monitor; null for all that have no settings of their own.',
      }),
      settings: t.field({
        type: [AlertSettingInput],
        description:
          'At most 100. An empty list: no channel hears anything. Null or left out: the monitor is left to the ' +
          'default again; refused where no monitor is named.',
      }),
    }),
  },
  {
    description:
      'Replaces the alert settings of a monitor, or the default. Errors: NOT_FOUND, BAD_USER_INPUT.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const monitorId = input.monitorId ? uuidOf('Monitor', input.monitorId) : null
      const settings =
        input.settings?.map(({ channelId, ...setting }) => ({
          ...setting,
          channelId: uuidOf('Channel', channelId),
        })) ?? null
      await setAlertSettings(context.deps, principalOf(context), { monitorId, settings })
      return { monitorId }
    },
  },
  {
    description: 'The settings are in force.',
    outputFields: (t) => ({
      alertSettings: t.field({
        type: AlertSettings,
        description: 'What is in force now.',
        resolve: async ({ monitorId }, _args, context) =>
          (await readSettingsInForce(context.deps, workspaceOf(context), [monitorId]))[0]!,
      }),
      monitor: t.prismaField({
        type: Monitor,
        nullable: true,
        description: 'The monitor; null where the default was set.',
        resolve: (query, { monitorId }, _args, context) =>
          monitorId === null ? null : monitorOf(context, monitorId, query),
      }),
    }),
  },
)
