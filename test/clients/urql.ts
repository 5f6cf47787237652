import { Client, fetchExchange, subscriptionExchange } from '@urql/core'
import { type Cache, cacheExchange } from '@urql/exchange-graphcache'
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
export function createUrqlClient({ url, token }: Pharos, socket: Socket): Client {
  return new Client({
    url: `${url}/graphql`,
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { authorization: `Bearer ${token()}` } }),
    exchanges: [
      cacheExchange({
        // A change has the id of what has changed, and is nothing to keep.
        keys: { Change: () => null, MonitorConnection: () => null },
        updates: {
          Subscription: {
            changes: (told, _args, cache) => takeIn(cache, (told as { changes: Change }).changes),
          },
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
        }),
      }),
    ],
  })
}

/** Keeps what the client has read right until the signal. Who was away for too long reads it afresh. */
export function keepUp(client: Client, signal: AbortSignal): Promise<void> {
  return repeatUntil(signal, async () => {
    const { changesCursor } = await persist(() => read(client), signal)
    await follow(client, changesCursor, signal)
  })
}

async function read(client: Client): Promise<Start> {
  const { data, error } = await client.query<Start>(START, {}, { requestPolicy: 'network-only' })
  if (data) return data
  throw error?.networkError ?? new Refused(error?.graphQLErrors ?? [])
}

/** Until the cursor has expired, or the signal. */
function follow(client: Client, after: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const following = client.subscription(CHANGES, { after }).subscribe(({ error }) => {
    if (error?.networkError) reject(error)
    // What went wrong with a part of one change stays in all results behind it: that is no end.
    const ends = error?.graphQLErrors.filter(({ path = [] }) => path.length < 2) ?? []
    if (hasExpired(ends)) resolve()
    else if (ends.length > 0) reject(new Refused(ends))
  })
  signal.addEventListener('abort', () => resolve())
  return promise.finally(() => following.unsubscribe())
}

/** What is known finds its place by its id. A list fetched anew might be older than a change heard since. */
function takeIn(cache: Cache, change: Change): void {
  cache.updateQuery<Start>({ query: START }, (shown) => shown && withChange(shown, change))
}
