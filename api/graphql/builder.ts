import SchemaBuilder from '@pothos/core'
import ComplexityPlugin from '@pothos/plugin-complexity'
import DataloaderPlugin from '@pothos/plugin-dataloader'
import PrismaPlugin from '@pothos/plugin-prisma'
import RelayPlugin from '@pothos/plugin-relay'
import ScopeAuthPlugin from '@pothos/plugin-scope-auth'
import type PrismaTypes from '../../generated/pothos.ts'
import { getDatamodel } from '../../generated/pothos.ts'
import { may, type Permission } from '../accounts/principal.ts'
import { Refusal } from '../refusal.ts'
import './access-plugin.ts'
import { costOf, pageItemCost } from './complexity.ts'
import type { Context } from './context.ts'
import { parseDateTime, parseDateTimeLiteral, serializeDateTime } from './date-time.ts'
import { decodeIdOrNowhere, encodeId } from './ids.ts'
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './limits.ts'
import { readNode } from './node.ts'
import './page-plugin.ts'

/** The one builder. Each domain's graphql.ts adds its types and operations to it. */
export const builder = new SchemaBuilder<{
  Context: Context
  PrismaTypes: PrismaTypes
  DefaultFieldNullability: false
  DefaultEdgesNullability: { list: false; items: false }
  DefaultNodeNullability: false
  Scalars: {
    ID: { Input: string; Output: string }
    DateTime: { Input: Date; Output: Date | number }
  }
  AuthScopes: {
    /** Open on purpose, to callers without credentials too. */
    anyone: boolean
    /** Any valid session or API key, whatever its permissions. */
    signedIn: boolean
    /** A person at the keyboard: what an API key must not do, since it would outgrow its scopes. */
    session: boolean
    permission: Permission
  }
}>({
  plugins: [
    // The first wraps outermost: nobody learns about a page, or pays for one, who may not read it.
    ScopeAuthPlugin,
    ComplexityPlugin,
    'page',
    'access',
    RelayPlugin,
    PrismaPlugin,
    DataloaderPlugin,
  ],
  defaultFieldNullability: false,
  scopeAuth: {
    runScopesOnType: true,
    authorizeOnSubscribe: true,
    authScopes: ({ principal }) => ({
      anyone: true,
      signedIn: principal !== null,
      session: principal?.credential.kind === 'SESSION',
      permission: (permission) => may(principal, permission),
    }),
    unauthorizedError: (_parent, { principal }) =>
      principal === null
        ? new Refusal('UNAUTHENTICATED', 'Sign in first.')
        : new Refusal('FORBIDDEN', 'Your role or the scopes of your API key do not allow this.'),
  },
  complexity: {
    // Costs are told here and reckoned once per operation, before it runs: see budget.ts.
    disabled: true,
    fieldComplexity: costOf,
  },
  prisma: {
    // A function, so that the schema is built and printed with no database.
    client: (context) => context.deps.database.prisma,
    dmmf: getDatamodel(),
    maxConnectionSize: MAX_PAGE_SIZE,
    defaultConnectionSize: DEFAULT_PAGE_SIZE,
    filterConnectionTotalCount: true,
  },
  relay: {
    encodeGlobalID: encodeId,
    decodeGlobalID: decodeIdOrNowhere,
    clientMutationId: 'omit',
    cursorType: 'String',
    nodeTypeOptions: { description: 'Any object with an id of its own.' },
    nodeQueryOptions: {
      description: 'The object with this id. Errors: NOT_FOUND.',
      authScopes: { signedIn: true },
      args: { id: { description: 'The id of any object.' } },
      resolve: readNode,
    },
    nodesQueryOptions: false,
    idFieldOptions: { description: 'Opaque and unique across all types.' },
    pageInfoTypeOptions: {
      description: 'Where a page stands in its list.',
      authScopes: { anyone: true },
    },
    hasNextPageFieldOptions: { description: 'Whether objects follow this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether objects precede this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first edge.' },
    endCursorFieldOptions: { description: 'The cursor of the last edge: pass it as `after`.' },
    pageInfoFieldOptions: { description: 'Where this page stands in the list.' },
    edgesFieldOptions: {
      description: 'The objects, each with its cursor.',
      complexity: pageItemCost,
    },
    nodesOnConnection: { description: 'The objects themselves.', complexity: pageItemCost },
    nodeFieldOptions: { description: 'The object.', complexity: pageItemCost },
    cursorFieldOptions: { description: 'Pass it as `after` or `before` to go on from here.' },
    firstArgOptions: {
      description: `How many from the start, 1–${MAX_PAGE_SIZE}; ${DEFAULT_PAGE_SIZE} if neither first nor last is given.`,
    },
    lastArgOptions: { description: `How many from the end, 1–${MAX_PAGE_SIZE}.` },
    afterArgOptions: { description: 'Start behind this cursor.' },
    beforeArgOptions: { description: 'End before this cursor.' },
    defaultConnectionTypeOptions: {
      description: 'One page of a list.',
      authScopes: { signedIn: true },
    },
    defaultEdgeTypeOptions: {
      description: 'An object in a list, with its cursor.',
      authScopes: { signedIn: true },
    },
    // A payload is reached through its mutation only, whose own rule was asked before.
    defaultPayloadTypeOptions: { authScopes: { anyone: true } },
    mutationInputArgOptions: { description: 'The one argument of every mutation.' },
  },
})

/** The `t` of a payload, for fields that several payloads share. */
export type PayloadFields<Shape> = PothosSchemaTypes.ObjectFieldBuilder<
  typeof builder.$inferSchemaTypes,
  Shape
>

/** The `t` of an input, for fields that several inputs share. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<
  typeof builder.$inferSchemaTypes,
  'InputObject'
>

builder.queryType({ description: 'Everything that can be read.', authScopes: { anyone: true } })
builder.mutationType({ description: 'Everything that can be done.', authScopes: { anyone: true } })
builder.subscriptionType({
  description: 'Everything that can be followed.',
  authScopes: { anyone: true },
})

builder.scalarType('DateTime', {
  description: 'An instant in ISO 8601, always UTC: `2026-11-20T08:30:00.000Z`.',
  parseValue: parseDateTime,
  parseLiteral: parseDateTimeLiteral,
  serialize: serializeDateTime,
})
