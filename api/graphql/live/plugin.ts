import {
  createSourceEventStream,
  type ExecutionArgs,
  type ExecutionResult,
  type ValidatedSubscriptionArgs,
  validateSubscriptionArgs,
} from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Deps } from '../../deps.ts'
import { type Context, principalOf } from '../context.ts'
import { inTime } from '../deadline.ts'
import { OPERATION_DEADLINE_MS } from '../limits.ts'
import type { Masking } from '../masking.ts'
import type { Access } from './access.ts'
import { type Broadcasts, createBroadcasts } from './broadcasts.ts'
import type { Pass } from './pass.ts'
import { createSubscriber, type Subscriber } from './subscriber.ts'

type Live = Pick<Deps, 'metrics'> & { access: Access; masking: Masking; broadcasts: Broadcasts }

type Events = AsyncIterable<object, unknown>

/**
 * Subscriptions, on every transport: an event is executed and written out once for all who may see the
 * same of a workspace and ask for the same, and told to each as long as they may be told.
 */
export function liveSubscriptions({ metrics }: Deps, access: Access, masking: Masking): Plugin {
  const live = { metrics, access, masking, broadcasts: createBroadcasts(masking) }
  return {
    onSubscribe({ setSubscribeFn }) {
      setSubscribeFn((args: ExecutionArgs) => subscribe(live, args))
    },
  }
}

async function subscribe(live: Live, args: ExecutionArgs): Promise<Subscriber | ExecutionResult> {
  const asked = validateSubscriptionArgs(args)
  if (!('operation' in asked)) return { errors: asked }
  let subscriber: Subscriber | null = null
  // Before the stream is opened: whoever loses access meanwhile does not slip through.
  const principal = principalOf(asked.contextValue as Context)
  const pass = live.access.admit(principal, (loss) => subscriber?.lose(loss))
  try {
    const opened = await open(asked)
    if (!(Symbol.asyncIterator in opened)) return opened
    subscriber = begin(live, asked, opened as Events, pass)
    if (pass.loss) subscriber.lose(pass.loss)
    return subscriber
  } finally {
    if (!subscriber) live.access.release(pass)
  }
}

function open(asked: ValidatedSubscriptionArgs) {
  return inTime(OPERATION_DEADLINE_MS, async (externalAbortSignal) => {
    const opened = await createSourceEventStream({ ...asked, externalAbortSignal })
    if ('errors' in opened) externalAbortSignal.throwIfAborted()
    return opened
  })
}

function begin(
  { metrics, access, masking, broadcasts }: Live,
  asked: ValidatedSubscriptionArgs,
  events: Events,
  pass: Pass,
): Subscriber {
  const { requestId, outlet } = asked.contextValue as Context
  const broadcast = broadcasts.join(asked)
  metrics.subscriptions.inc()
  return createSubscriber({
    events: events[Symbol.asyncIterator](),
    render: broadcast.render,
    confirmed: pass.confirmed,
    outlet,
    lastWordOn: (error) => masking.textOf({ errors: [masking.maskError(error)] }, requestId),
    end() {
      metrics.subscriptions.dec()
      broadcasts.leave(broadcast)
      access.release(pass)
    },
  })
}
