import { RequestCache } from '@pothos/plugin-scope-auth'
import {
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import { type Plugin, processRegularResult } from 'graphql-yoga'
import { invariant } from '../../../core/invariant.ts'
import { type Caller, callerOf } from '../../accounts/principal.ts'
import type { Deps } from '../../deps.ts'
import type { Reader } from '../../platform/following/reader.ts'
import type { Places } from '../../platform/places.ts'
import { Refusal } from '../../refusal.ts'
import { type Context, principalOf } from '../context.ts'
import { HOLDING_RETRY_SECONDS } from '../limits.ts'
import type { Masking } from '../masking.ts'
import type { Access } from './access.ts'
import type { Broadcast } from './broadcast.ts'
import { type Broadcasts, createBroadcasts } from './broadcasts.ts'
import { openEvents } from './opening.ts'
import type { Loss, Pass } from './pass.ts'
import { createPulled } from './pulled.ts'
import { createSent } from './sent.ts'
import type { Subscriber } from './subscriber.ts'

/** Of each kind of them every one may have only so many subscriptions. */
export type SubscriptionHolder = keyof Caller

type Parts = { access: Access; masking: Masking; subscriptions: Places<SubscriptionHolder> }
type Live = Parts & Pick<Deps, 'metrics'> & { broadcasts: Broadcasts }

/** What somebody has who is subscribed, or about to be. */
type Admission = { pass: Pass; broadcast: Broadcast; release(): void }

/** Of what one takes that is sent on a socket: a stream has a request of its own, 38 KB of heap to 9.6. */
const STREAM_SIZE = 4

/**
 * Subscriptions, on every transport: an event is executed and written out once for all who may see the
 * same of a workspace and ask for the same, and told to each as long as they may be told.
 */
export function liveSubscriptions({ metrics }: Deps, parts: Parts): Plugin {
  const live = { ...parts, metrics, broadcasts: createBroadcasts(parts.masking) }
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args: ExecutionArgs) => subscribe(live, args))
    },
    // Yoga would answer 406, and leave the stream open that nobody reads.
    onResultProcess({ result, resultProcessor, setResult, setResultProcessor }) {
      if (resultProcessor || !(Symbol.asyncIterator in result)) return
      void result[Symbol.asyncIterator]().return?.()
      setResult({ errors: [unreadable()] })
      setResultProcessor(processRegularResult, 'application/json')
    },
  }
}

async function subscribe(live: Live, args: ExecutionArgs): Promise<Subscriber | ExecutionResult> {
  const asked = validateSubscriptionArgs(args)
  if (!('operation' in asked)) return { errors: asked }
  let subscriber: Subscriber | null = null
  // Before the stream is opened: whoever loses access meanwhile does not slip through.
  const admission = admit(live, asked, (loss) => subscriber?.lose(loss))
  try {
    const opened = await openEvents(asked)
    if (!(Symbol.asyncIterator in opened)) return opened
    subscriber = begin(live, asked, readerOf(opened), admission)
    const { loss } = admission.pass
    if (loss) subscriber.lose(loss)
    return subscriber
  } finally {
    if (!subscriber) admission.release()
  }
}

function admit(
  { access, subscriptions, broadcasts }: Live,
  asked: ValidatedSubscriptionArgs,
  lose: (loss: Loss) => void,
): Admission {
  const context = asked.contextValue as Context
  const principal = principalOf(context)
  const place = subscriptions.take(callerOf(principal), context.outlet ? 1 : STREAM_SIZE)
  if (!place) throw holdsTooMuch('Too many subscriptions. End some first.')
  const broadcast = broadcasts.join(asked)
  if (!broadcast) {
    place.leave()
    throw holdsTooMuch(
      'Too many different subscriptions in your workspace. End some, or put what differs into variables.',
    )
  }
  const pass = access.admit(principal, lose)
  return {
    pass,
    broadcast,
    release() {
      access.release(pass)
      broadcasts.leave(broadcast)
      place.leave()
    },
  }
}

/** Whatever subscribes in our schema follows by createReader. */
function readerOf(events: AsyncIterable<unknown>): Reader<object> {
  invariant('takeReady' in events, 'a subscription follows by createReader')
  return events as Reader<object>
}

function begin(
  { metrics, masking }: Live,
  asked: ValidatedSubscriptionArgs,
  events: Reader<object>,
  { pass, broadcast, release }: Admission,
): Subscriber {
  const context = asked.contextValue as Context
  // What was found out about access would be kept for as long as the subscription.
  RequestCache.clearForContext(context)
  const { requestId, outlet } = context
  metrics.subscriptions.inc()
  function end(): void {
    metrics.subscriptions.dec()
    release()
  }
  const telling = { events, broadcast, pass, end }
  if (outlet) return createSent(telling, outlet)
  return createPulled(telling, (error) =>
    masking.textOf({ errors: [masking.maskError(error)] }, requestId),
  )
}

function holdsTooMuch(message: string): Refusal {
  return new Refusal('RATE_LIMITED', message, { retryAfterSeconds: HOLDING_RETRY_SECONDS })
}

function unreadable(): GraphQLError {
  return new GraphQLError('Accept text/event-stream to follow a subscription.', {
    extensions: { code: 'BAD_USER_INPUT', http: { status: 406 } },
  })
}
