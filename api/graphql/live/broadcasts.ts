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
  /** Null where those of the workspace are too many. */
  join(asked: ValidatedSubscriptionArgs): Broadcast | null
  leave(broadcast: Broadcast): void
}

/** Of one workspace: how many documents, each of which takes up to 440 KB of heap, and how many executions an event costs. */
export type Variety = { documents: number; broadcasts: number }

const maxVariety: Variety = { documents: 100, broadcasts: 1_000 }

type Workspace = { executions: Turnstile; documents: Map<DocumentNode, Map<string, Broadcast>> }

/** What is told in this process, by workspace, document, and whoever may see and ask for the same. */
export function createBroadcasts(masking: Masking, atMost: Variety = maxVariety): Broadcasts {
  const shelf = createShelf(MAX_KEPT_BYTES)
  const workspaces = new Map<string, Workspace>()

  function open(asked: ValidatedSubscriptionArgs, key: string): Broadcast {
    const { document, contextValue } = asked
    const { workspaceId } = principalOf(contextValue as Context)
    const { documents, executions } = workspaces.getOrInsertComputed(workspaceId, newWorkspace)
    const execution = createExecution(asked, masking, executions)
    const broadcast = createBroadcast({ workspaceId, document, key }, shelf, execution)
    documents.getOrInsertComputed(document, () => new Map()).set(key, broadcast)
    return broadcast
  }

  return {
    join(asked) {
      const principal = principalOf(asked.contextValue as Context)
      const key = audienceKey(principal, asked)
      const workspace = workspaces.get(principal.workspaceId)
      const known = workspace?.documents.get(asked.document)?.get(key)
      if (!known && workspace && isFull(workspace, asked.document, atMost)) return null
      const broadcast = known ?? open(asked, key)
      broadcast.followers += 1
      return broadcast
    },
    leave(broadcast) {
      broadcast.followers -= 1
      if (broadcast.followers > 0) return
      broadcast.tail.end()
      const { workspaceId, document, key } = broadcast.origin
      const documents = workspaces.get(workspaceId)?.documents
      const broadcasts = documents?.get(document)
      broadcasts?.delete(key)
      if (broadcasts?.size === 0) documents?.delete(document)
      if (documents?.size === 0) workspaces.delete(workspaceId)
    },
  }
}

/** Whether there is no room for another one of this document. */
function isFull({ documents }: Workspace, document: DocumentNode, atMost: Variety): boolean {
  if (!documents.has(document) && documents.size >= atMost.documents) return true
  const count = documents.values().reduce((sum, { size }) => sum + size, 0)
  return count >= atMost.broadcasts
}

function newWorkspace(): Workspace {
  // No more wait than there are subscriptions.
  const executions = createTurnstile(EXECUTIONS_AT_ONCE, Number.POSITIVE_INFINITY, '')
  return { executions, documents: new Map() }
}
