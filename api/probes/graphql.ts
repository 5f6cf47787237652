import type { ProbeKind } from '../../generated/prisma/enums.ts'
import { builder, type PayloadFields } from '../graphql/builder.ts'
import { type Context, principalOf, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { uuid, uuidOf } from '../graphql/ids.ts'
import { registerProbe, revokeProbe, rotateProbeSecret } from './deeds.ts'
import { readProbe, readProbes, visibleTo } from './list/store.ts'

const read = { permission: 'PROBES_READ' } as const
const write = { permission: 'PROBES_WRITE' } as const

const ProbeKindType = builder.enumType('ProbeKind', {
  description: 'What a probe is.',
  values: described<ProbeKind>({
    AGENT: 'A program of its own, on a machine of yours.',
    EDGE: 'A Worker at the edge of a network, in one of its regions.',
  }),
})

export const Probe = builder.prismaNode('Probe', {
  description: 'A place that checks, and votes under the name of its region.',
  authScopes: read,
  id: { field: 'id' },
  findUnique: (key, context) => ({ id: uuid(key), ...visibleTo(workspaceOf(context)) }),
  nullable: true,
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    kind: t.expose('kind', { type: ProbeKindType, description: 'What it is.' }),
    region: t.exposeString('region', { description: 'The name it votes under.' }),
    isShared: t.exposeBoolean('isShared', {
      description: 'Whether it serves the monitors of every workspace.',
    }),
    keyId: t.string({
      nullable: true,
      select: { id: true, workspaceId: true },
      description: 'What it sends as `probe-id`; null for one that another workspace shares.',
      resolve: ({ id, workspaceId }, _args, context) =>
        workspaceId === workspaceOf(context) ? id : null,
    }),
    formerSecretEndsAt: t.expose('formerSecretEndsAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Until when its former secret works; null if none was replaced.',
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was registered.' }),
    revokedAt: t.expose('revokedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Since when its key is refused; null while it works.',
    }),
  }),
})

builder.queryField('probes', (t) =>
  t.prismaField({
    type: [Probe],
    description:
      "The workspace's probes and those shared with it, by region; without those revoked.",
    authScopes: read,
    resolve: (query, _root, _args, context) =>
      readProbes(context.deps, workspaceOf(context), query),
  }),
)

const id = { required: true, description: 'The id of the probe.' } as const

const probeField = (t: PayloadFields<{ probeId: string }>) => ({
  probe: t.prismaField({
    type: Probe,
    description: 'The probe as it is now.',
    resolve: (query, { probeId }, _args, context: Context) =>
      readProbe(context.deps, { id: probeId, workspaceId: workspaceOf(context) }, query),
  }),
})

const withSecret = (t: PayloadFields<{ probeId: string; secret: string }>) => ({
  ...probeField(t),
  secret: t.exposeString('secret', {
    description: 'What it signs with, `whsec_…`. It is shown here only.',
  }),
})

builder.relayMutationField(
  'registerProbe',
  {
    description: 'What to register.',
    inputFields: (t) => ({
      name: t.string({ required: true, description: '1–100 characters.' }),
      region: t.string({
        required: true,
        description:
          'The name it votes under: for an agent 1–32 of a–z, 0–9 and -; for the edge one of ' +
          'wnam, enam, sam, weur, eeur, apac, oc, afr, me.',
      }),
      kind: t.field({ type: ProbeKindType, defaultValue: 'AGENT', description: 'What it is.' }),
      isShared: t.boolean({
        defaultValue: false,
        description:
          'Whether it is to serve every workspace: for the owner of this installation only.',
      }),
    }),
  },
  {
    description:
      'Makes a key for a probe. Errors: BAD_USER_INPUT, FORBIDDEN, CONFLICT, LIMIT_REACHED.',
    authScopes: write,
    resolve: (_root, { input: { kind, isShared, ...input } }, context) =>
      registerProbe(context.deps, principalOf(context), {
        ...input,
        kind: kind ?? 'AGENT',
        isShared: isShared ?? false,
      }),
  },
  { description: 'The new probe.', outputFields: withSecret },
)

builder.relayMutationField(
  'rotateProbeSecret',
  {
    description: 'Whose secret to replace.',
    inputFields: (t) => ({ id: t.id(id) }),
  },
  {
    description:
      'Makes a new secret; the former one works for another 24 hours. Errors: NOT_FOUND, also once it is revoked.',
    authScopes: write,
    resolve: (_root, { input }, context) =>
      rotateProbeSecret(context.deps, principalOf(context), uuidOf('Probe', input.id)),
  },
  { description: 'The probe with its new secret.', outputFields: withSecret },
)

builder.relayMutationField(
  'revokeProbe',
  {
    description: 'Which probe to revoke.',
    inputFields: (t) => ({ id: t.id(id) }),
  },
  {
    description:
      'Refuses a probe from now on; its region falls silent. Doing it twice changes nothing. Errors: NOT_FOUND.',
    authScopes: write,
    resolve: async (_root, { input }, context) => {
      const probeId = uuidOf('Probe', input.id)
      await revokeProbe(context.deps, principalOf(context), probeId)
      return { probeId }
    },
  },
  { description: 'The probe that was revoked.', outputFields: probeField },
)
