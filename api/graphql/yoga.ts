import { useCSRFPrevention } from '@graphql-yoga/plugin-csrf-prevention'
import { createYoga } from 'graphql-yoga'
import type { Attempts } from '../accounts/attempts.ts'
import { credentialOf } from '../accounts/credential.ts'
import { authenticate } from '../accounts/deeds.ts'
import type { Deps } from '../deps.ts'
import { schema } from '../schema.ts'
import { type Budgets, operationBudget } from './budget.ts'
import type { Context } from './context.ts'
import { operationDeadline } from './deadline.ts'
import { documentLimits } from './document-limits.ts'
import { createMasking } from './masking.ts'
import { variableLimits } from './variable-limits.ts'

/** What a transport knows of a request before anybody looks into it. */
export type Arrival = Pick<Context, 'requestId' | 'clientIp' | 'answerHeaders'>

export type Yoga = ReturnType<typeof createGraphql>

/**
 * The pipeline that every transport goes through, HTTP by `fetch` and sockets by `getEnveloped`:
 * document limits, who is asking, the budget, the deadline, the resolvers, masking.
 */
export function createGraphql(deps: Deps, attempts: Attempts, budgets?: Budgets) {
  const masking = createMasking(deps.log)
  return createYoga<Arrival, Context>({
    schema,
    graphqlEndpoint: '/graphql',
    context: async ({ request, requestId, clientIp, answerHeaders }) => ({
      deps,
      attempts,
      requestId,
      clientIp,
      answerHeaders,
      principal: await authenticate(deps, credentialOf(request.headers)),
    }),
    plugins: [
      useCSRFPrevention(),
      documentLimits(),
      variableLimits,
      operationBudget(deps, budgets),
      operationDeadline(),
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
  })
}
