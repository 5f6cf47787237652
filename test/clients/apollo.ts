import {
  type ApolloCache,
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
} from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { OperationTypeNode } from 'graphql'
import type { Client } from 'graphql-ws'
import { persist, repeatUntil } from './patience.ts'
import {
  type Change,
  CHANGES,
  hasExpired,
  type Pharos,
  Refused,
  START,
  type Start,
  withChange,
} from './pharos.ts'
import type { Socket } from './socket.ts'

/** Queries and mutations by HTTP, subscriptions by the socket, all of them into one normalised cache. */
export function createApolloClient({ url, token }: Pharos, socket: Socket): ApolloClient {
  const authorize = new SetContextLink(() => ({ headers: { authorization: `Bearer ${token()}` } }))
  const http = authorize.concat(new HttpLink({ uri: `${url}/graphql` }))
  // It asks the socket for nothing but `subscribe`.
  const live = new GraphQLWsLink(socket as Client)
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      live,
      http,
    ),
    // A change has the id of what has changed, and is nothing to keep.
    cache: new InMemoryCache({ typePolicies: { Change: { keyFields: false } } }),
  })
}

/** Keeps what the client has read right until the signal. Who was away for too long reads it afresh. */
export function keepUp(client: ApolloClient, signal: AbortSignal): Promise<void> {
  return repeatUntil(signal, async () => {
    const { changesCursor } = await persist(() => read(client), signal)
    await follow(client, changesCursor, signal)
  })
}

async function read(client: ApolloClient): Promise<Start> {
  try {
    const asked = await client.query<Start>({ query: gql(START), fetchPolicy: 'network-only' })
    return asked.data!
  } catch (error) {
    throw CombinedGraphQLErrors.is(error) ? new Refused(error.errors) : error
  }
}

/** Until the cursor has expired, or the signal. */
function follow(client: ApolloClient, after: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const following = client
    .subscribe<{ changes: Change }>({
      query: gql(CHANGES),
      variables: { after },
      errorPolicy: 'all',
    })
    .subscribe({
      next({ data, error }) {
        if (data) return takeIn(client.cache, data.changes)
        if (CombinedGraphQLErrors.is(error) && hasExpired(error.errors)) resolve()
        else reject(error)
      },
      error: reject,
      complete: resolve,
    })
  signal.addEventListener('abort', () => resolve())
  return promise.finally(() => following.unsubscribe())
}

/** What is known finds its place by its id. A list fetched anew might be older than a change heard since. */
function takeIn(cache: ApolloCache, change: Change): void {
  cache.updateQuery<Start>({ query: gql(START) }, (shown) => shown && withChange(shown, change))
}
