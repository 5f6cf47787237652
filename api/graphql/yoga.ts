import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention'
import { createYoga } from 'graphql-yoga'
import type { Attempts } from '../accounts/attempts.ts'
import type { Deps } from '../deps.ts'
import type { Places } from '../platform/places.ts'
import { schema } from '../schema.ts'
import { type Budgets, operationBudget } from './budget.ts'
import type { Context } from './context.ts'
import { operationDeadline } from './deadline.ts'
import { documentLimits } from './document-limits.ts'
import { createDocuments, noErrors } from './documents.ts'
import type { Gate, Stranger } from './gate.ts'
import type { Access } from './live/access.ts'
import { liveSubscriptions, type SubscriptionHolder } from './live/plugin.ts'
import type { Masking } from './masking.ts'
import { variableLimits } from './variable-limits.ts'

/** What a transport knows of a request before anybody looks into it. */
export type Arrival = Pick<Context, 'requestId' | 'answerHeaders' | 'outlet'> & Stranger

/** What it is made of, besides the schema and its limits. */
export type Parts = {
  gate: Gate
  attempts: Attempts
  access: Access
  masking: Masking
  /** What one may be subscribed to at the same time. */
  subscriptions: Places<SubscriptionHolder>
  budgets?: Budgets
  deadlineMs?: number
}

export type Yoga = ReturnType<typeof createGraphql>

/**
 * The pipeline that every transport goes through, HTTP by `fetch` and sockets by `getEnveloped`:
 * the gate, document limits, who is asking, the budget, the deadline, the resolvers, masking.
 */
export function createGraphql(deps: Deps, { gate, attempts, budgets, deadlineMs, ...live }: Parts) {
  const { masking } = live
  return createYoga<Arrival, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    context: async ({ credential, requestId, clientIp, answerHeaders, outlet }) => ({
      deps,
      attempts,
      requestId,
      clientIp,
      answerHeaders,
      outlet,
      principal: await gate.identify({ credential, clientIp }),
    }),
    plugins: [
      useCSRFPrevention(),
      gate.plugin,
      documentLimits(),
      variableLimits(gate),
      operationBudget(deps, budgets),
      operationDeadline(deadlineMs),
      liveSubscriptions(deps, live),
      masking.plugin,
    ],
    maskedErrors: { maskError: masking.maskError },
    logging: false,
    // Hono has done these before: it also serves what is not GraphQL.
    cors: false,
    maxRequestBodySize: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    parserAndValidationCache: { documentCache: createDocuments(), errorCache: noErrors },
  })
}
