import { type Client, createClient } from 'graphql-ws'
import { wait, waitMs } from './patience.ts'
import type { Change, Pharos, Result } from './pharos.ts'

const PING_EVERY_MS = 10_000
/** A connection on which nobody answers for so long is taken to be dead. */
const ANSWER_WITHIN_MS = 5_000
/** The credentials have ended or were revoked. */
const FORBIDDEN = 4403

/** What resumes of a graphql-ws client: its `iterate` would not. */
export type Socket = Omit<Client, 'iterate'>

/** One for the whole app. It comes back by itself, however often and for however long Pharos is gone. */
export function openSocket({ url, token }: Pharos, pingEveryMs = PING_EVERY_MS): Socket {
  let watchdog: ReturnType<typeof setTimeout> | undefined
  const rest = () => clearTimeout(watchdog)
  const watch = () => {
    rest()
    watchdog = setTimeout(() => client.terminate(), ANSWER_WITHIN_MS)
  }
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    connectionParams: () => ({ authorization: `Bearer ${token()}` }),
    keepAlive: pingEveryMs,
    retryAttempts: Infinity,
    // By default it gives up on a server that cannot be reached at all.
    shouldRetry: (trouble) => (trouble as { code?: number }).code !== FORBIDDEN,
    // By default the twelfth wait takes an hour.
    retryWait: (retries) => wait(waitMs(retries)),
    on: {
      connecting: watch,
      connected: rest,
      ping: (isReceived) => isReceived || watch(),
      pong: rest,
      closed: rest,
    },
  })
  return resuming(client)
}

/** After each loss of the socket its subscriptions to `changes` go on behind the last one that was heard. */
function resuming(client: Client): Socket {
  return {
    ...client,
    subscribe(request, sink) {
      let after = request.variables?.after
      const variables = {
        ...request.variables,
        // Read each time the socket subscribes: an ordinary property would have all replayed.
        get after() {
          return after
        },
      }
      return client.subscribe<Record<string, unknown>>(
        { ...request, variables },
        {
          next(result) {
            const { data } = result as Result<{ changes?: Change }>
            after = data?.changes?.cursor ?? after
            sink.next(result as Parameters<typeof sink.next>[0])
          },
          error: (trouble) => sink.error(trouble),
          complete: () => sink.complete(),
        },
      )
    },
  }
}
