import type { NoticeKind } from '../../../generated/prisma/enums.ts'
import { builder } from '../../graphql/builder.ts'
import { workspaceOf } from '../../graphql/context.ts'
import { described } from '../../graphql/described.ts'
import { owned } from '../../graphql/ids.ts'
import { countNotices, type NoticeFilter, readNotices } from './store.ts'

const read = { permission: 'PROBES_READ' } as const

const NoticeKindType = builder.enumType('NoticeKind', {
  description: 'What is wrong on our own side.',
  values: described<NoticeKind>({
    PROBE_SILENT: 'A probe has not synced for 3 minutes.',
    CHANNEL_DISABLED: 'A channel is gone: nobody is told over it any more.',
    REGION_UNHEALTHY: 'A region has lost its own network: its checks say nothing.',
  }),
})

export const Notice = builder.prismaNode('Notice', {
  description: 'What an operator should know. It blames no monitor, and is mailed once.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: owned,
  nullable: true,
  fields: (t) => ({
    kind: t.expose('kind', { type: NoticeKindType, description: 'What is wrong.' }),
    region: t.exposeString('region', { description: 'Where; of a channel, its name.' }),
    probe: t.relation('probe', {
      nullable: true,
      description: 'With which probe; null for the agent inside the API, and for a channel.',
    }),
    channel: t.relation('channel', {
      nullable: true,
      description: 'With which channel; null for what is wrong with a probe.',
    }),
    text: t.exposeString('text', { description: 'The same in words.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'Since when.' }),
    resolvedAt: t.expose('resolvedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when; null while it lasts.',
    }),
  }),
})

const NoticeFilterInput = builder.inputType('NoticeFilter', {
  description: 'Which notices to list; what is left out does not matter.',
  fields: (t) => ({
    kind: t.field({ type: NoticeKindType, description: 'Of this kind.' }),
    isOpen: t.boolean({ description: 'Whether it still lasts.' }),
  }),
})

builder.queryField('notices', (t) =>
  t.prismaConnection(
    {
      type: Notice,
      cursor: 'id',
      description: 'What is wrong with the probes and channels of the workspace, newest first.',
      authScopes: read,
      args: { filter: t.arg({ type: NoticeFilterInput, description: 'Which of them.' }) },
      totalCount: (_root, args, context) =>
        countNotices(context.deps.database, workspaceOf(context), filterOf(args)),
      resolve: (query, _root, args, context) =>
        readNotices(context.deps.database, workspaceOf(context), filterOf(args), query),
    },
    { name: 'NoticeConnection' },
    { name: 'NoticeEdge' },
  ),
)

function filterOf({ filter }: { filter?: NoticeFilter | null }): NoticeFilter {
  return filter ?? {}
}
