import type { Phases } from '../../core/check.ts'
import type { CheckErrorKind, CheckOutcome } from '../../generated/prisma/enums.ts'
import { builder } from '../graphql/builder.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import { described } from '../graphql/described.ts'
import { CheckDetails } from './details/graphql.ts'
import { type CheckDetail, formatKey, parseKey, type ShownCheck } from './history/check.ts'
import { loadCheck, loadDetail } from './history/loader.ts'
import { readPage } from './history/page.ts'
import { countChecks, COUNTED_MOST } from './history/store.ts'

const read = { permission: 'MONITORS_READ' } as const

const CheckOutcomeType = builder.enumType('CheckOutcome', {
  description: 'What one check found.',
  values: described<CheckOutcome>({
    UP: 'All that was expected.',
    DOWN: 'Not what was expected.',
    UNKNOWN: 'Nothing about the target: the probe itself could not look.',
  }),
})

const CheckErrorKindType = builder.enumType('CheckErrorKind', {
  description: 'Why a check did not find the target up.',
  values: described<CheckErrorKind>({
    DNS_FAILURE: 'The name could not be resolved.',
    CONNECTION_REFUSED: 'Nothing listens there.',
    CONNECTION_RESET: 'The connection was cut.',
    CONNECTION_FAILED: 'No connection came about.',
    TLS_FAILURE: 'The TLS handshake failed, or the certificate is not to be trusted.',
    TIMEOUT: 'It took longer than the timeout of the monitor.',
    INVALID_RESPONSE: 'The answer is not HTTP.',
    BODY_TOO_LARGE: 'The body is larger than 1 MB.',
    TOO_MANY_REDIRECTS: 'More than 5 redirects.',
    UNEXPECTED_STATUS: 'The status is not one of those expected.',
    ASSERTION_FAILED: 'An assertion does not hold.',
    UNEXPECTED_RESPONSE: 'The answer is not the one expected.',
    PACKET_LOSS: 'More packets were lost than may be.',
    HEARTBEAT_MISSED: 'The job did not call in time.',
    HEARTBEAT_FAILED: 'The job called to say that it failed.',
    BLOCKED_TARGET: 'The outbound policy refuses the address: the outcome is UNKNOWN.',
    PROBE_FAILURE: 'The probe itself failed: the outcome is UNKNOWN.',
  }),
})

const CheckPhases = builder.objectRef<Phases>('CheckPhases').implement({
  description:
    'Where the time went, milliseconds, summed over redirects; null where the probe cannot see.',
  authScopes: read,
  fields: (t) => ({
    resolveMs: t.exposeFloat('resolveMs', { nullable: true, description: 'Resolving the name.' }),
    connectMs: t.exposeFloat('connectMs', {
      nullable: true,
      description: 'Opening the connection.',
    }),
    tlsMs: t.exposeFloat('tlsMs', { nullable: true, description: 'The TLS handshake.' }),
    processingMs: t.exposeFloat('processingMs', {
      nullable: true,
      description: 'From the request sent to the first byte of the answer.',
    }),
    transferMs: t.exposeFloat('transferMs', {
      nullable: true,
      description: 'From the first byte of the answer to the last.',
    }),
  }),
})

export const Check = builder.objectRef<ShownCheck>('Check')

builder.node(Check, {
  description: 'One observation of a monitor by one region.',
  authScopes: read,
  id: { resolve: formatKey },
  loadWithoutCache: async (id, context) => {
    const key = parseKey(id)
    return key && loadCheck(context, key)
  },
  brandLoadedObjects: true,
  fields: (t) => ({
    region: t.exposeString('region', { description: 'From where it was made.' }),
    outcome: t.expose('outcome', { type: CheckOutcomeType, description: 'What it found.' }),
    scheduledAt: t.expose('scheduledAt', {
      type: 'DateTime',
      description: 'The slot it was due in.',
    }),
    checkedAt: t.expose('checkedAt', { type: 'DateTime', description: 'When it began.' }),
    attempt: t.exposeInt('attempt', {
      description: '0 for the slot itself; 1 and up for the re-checks that followed in it.',
    }),
    httpStatus: t.exposeInt('httpStatus', {
      nullable: true,
      description: 'The final status code; null if there was no answer.',
    }),
    errorKind: t.expose('errorKind', {
      type: CheckErrorKindType,
      nullable: true,
      description: 'Why it was not up; null if it was.',
    }),
    message: t.exposeString('message', {
      nullable: true,
      description: 'Why it was not up, in words; null if it was.',
    }),
    latencyMs: t.exposeFloat('latencyMs', {
      nullable: true,
      description:
        'From the start of resolving to the last byte read, redirects included; null if there was no answer.',
    }),
  }),
})

/** What lists and votes do not hold: read when it is asked for, all of an operation at once. */
builder.objectFields(Check, (t) => ({
  dnsOk: t.boolean({
    nullable: true,
    description: 'Whether the name was resolved; null where that was not looked at.',
    resolve: detailOf((detail) => detail.dnsOk),
  }),
  tlsOk: t.boolean({
    nullable: true,
    description: 'Whether TLS was as it should be; null where that was not looked at.',
    resolve: detailOf((detail) => detail.tlsOk),
  }),
  contentOk: t.boolean({
    nullable: true,
    description: 'Whether all assertions held; null where none was looked at.',
    resolve: detailOf((detail) => detail.contentOk),
  }),
  phases: t.field({
    type: CheckPhases,
    nullable: true,
    description: 'Where the time went; null once the check is past its retention.',
    resolve: detailOf((detail) => detail.phases),
  }),
  certificateExpiresAt: t.field({
    type: 'DateTime',
    nullable: true,
    description: 'The earliest expiry in the chain of certificates presented.',
    resolve: detailOf((detail) => detail.certificateExpiresAt),
  }),
  remoteAddress: t.string({
    nullable: true,
    description: 'The address that was connected to last.',
    resolve: detailOf((detail) => detail.remoteAddress),
  }),
  details: t.field({
    type: CheckDetails,
    nullable: true,
    description: 'What only its kind finds; null where there is no more to tell.',
    resolve: detailOf((detail) => detail.details),
  }),
  isLate: t.boolean({
    nullable: true,
    description: 'It came too late to decide anything; null once it is past its retention.',
    resolve: detailOf((detail) => detail.isLate),
  }),
}))

builder.prismaObjectField('Monitor', 'checks', (t) =>
  t.connection(
    {
      type: Check,
      description: 'Its checks, newest first.',
      authScopes: read,
      select: { id: true },
      args: {
        from: t.arg({ type: 'DateTime', description: 'Due at this instant or later.' }),
        to: t.arg({ type: 'DateTime', description: 'Due before this instant.' }),
        region: t.arg.string({ description: 'Made from this region.' }),
      },
      resolve: ({ id: monitorId }, args, context) => {
        const history = {
          workspaceId: workspaceOf(context),
          monitorId,
          fromMs: args.from?.getTime() ?? null,
          toMs: args.to?.getTime() ?? null,
          region: args.region ?? null,
        }
        return readPage(context.deps, history, args)
      },
    },
    {
      name: 'CheckConnection',
      fields: (connection) => ({
        totalCount: connection.int({
          description: `How many there are, counted as far as ${COUNTED_MOST}: a window by \`from\` and \`to\` counts sooner.`,
          resolve: ({ history }, _args, { deps }) => countChecks(deps, history),
        }),
      }),
    },
    { name: 'CheckEdge' },
  ),
)

function detailOf<T>(read: (detail: CheckDetail) => T) {
  return async (check: ShownCheck, _args: object, context: Context): Promise<T | null> => {
    const detail = await loadDetail(context, check)
    return detail && read(detail)
  }
}
