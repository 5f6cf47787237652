import type { DocumentNode, ValidatedSubscriptionArgs } from 'graphql'
import { createTurnstile, type Turnstile } from '../../turnstile.ts'
import type { Context } from '../context.ts'
import { principalOf } from '../context.ts'
import type { Masking } from '../masking.ts'
import { audienceKey } from './audience.ts'
import { type Broadcast, createBroadcast } from './broadcast.ts'
import { createExecution } from './execution.ts'
import { createShelf } from './shelf.ts'

/** Of results, for all who may come for them. */
const MAX_KEPT_BYTES = 16_000_000
/** So that many events of one workspace do not take all connections to the database. */
const EXECUTIONS_AT_ONCE = 4

export type Broadcasts = {
  join(asked: ValidatedSubscriptionArgs): Broadcast
  leave(broadcast: Broadcast): void
}

type Workspace = { executions: Turnstile; broadcasts: Map<string, Broadcast> }

/** What is told in this process, by workspace. */
export function createBroadcasts(masking: Masking): Broadcasts {
  const shelf = createShelf(MAX_KEPT_BYTES)
  const workspaces = new Map<string, Workspace>()
  const numberOf = numberDocuments()

  return {
    join(asked) {
      const principal = principalOf(asked.contextValue as Context)
      const { workspaceId } = principal
      const { broadcasts, executions } = workspaces.getOrInsertComputed(workspaceId, newWorkspace)
      const key = `${numberOf(asked.document)} ${audienceKey(principal, asked)}`
      const broadcast = broadcasts.getOrInsertComputed(key, () =>
        createBroadcast({ key, workspaceId }, shelf, createExecution(asked, masking, executions)),
      )
      broadcast.followers += 1
      return broadcast
    },
    leave(broadcast) {
      broadcast.followers -= 1
      if (broadcast.followers > 0) return
      broadcast.tail.end()
      const { key, workspaceId } = broadcast
      const broadcasts = workspaces.get(workspaceId)?.broadcasts
      broadcasts?.delete(key)
      if (broadcasts?.size === 0) workspaces.delete(workspaceId)
    },
  }
}

function newWorkspace(): Workspace {
  const executions = createTurnstile(EXECUTIONS_AT_ONCE, Number.POSITIVE_INFINITY, '')
  return { executions, broadcasts: new Map() }
}

/** The parser's cache gives the same document for the same text. */
function numberDocuments(): (document: DocumentNode) => number {
  const numbers = new WeakMap<DocumentNode, number>()
  let last = 0
  return (document) => numbers.getOrInsertComputed(document, () => (last += 1))
}
