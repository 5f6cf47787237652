import { expect } from 'vitest'
import { overSocket } from '../clients/plain.ts'
import { openSocket } from '../clients/socket.ts'
import { overSse } from '../clients/sse.ts'
import { eventually } from '../eventually.ts'
import type { Caller } from './graphql.ts'
import type { Stage } from './stage.ts'

/** So that they soon leave a connection on which nothing passes. */
const PING_EVERY_MS = 2_000

/** Longer than who listens by server-sent events takes to leave a connection on which nothing passes. */
const PATIENCE_MS = 120_000

/** Who follows a workspace as docs/clients.md says: the cursors of all that each was told, as it came. */
export type Listeners = AsyncDisposable & { cursors: string[][] }

/** So many by WebSocket and as many by server-sent events, from the first change on. */
export function listen({ url, token }: Caller, eachWay: number): Listeners {
  const pharos = { url: url(), token: () => token! }
  const ending = new AbortController()
  const connections = Array.from({ length: eachWay }, () => [
    overSocket(openSocket(pharos, PING_EVERY_MS)),
    overSse(pharos),
  ]).flat()
  const cursors = connections.map((): string[] => [])
  const listening = connections.map(({ follow }, index) =>
    follow('0', ({ cursor }) => void cursors[index]!.push(cursor), ending.signal),
  )
  return {
    cursors,
    async [Symbol.asyncDispose]() {
      ending.abort()
      await Promise.all(listening)
    },
  }
}

/** Each has been told all that is stored by then, in order and once; how much that is. */
export async function allHeard({ database }: Stage, { cursors }: Listeners): Promise<number> {
  const stored = await eventually(
    'each was told as much as is stored',
    async () => {
      const { rows } = await database.pool.query<{ cursor: string }>(
        'SELECT position::text AS cursor FROM changes ORDER BY position',
      )
      expect(cursors.map(({ length }) => length)).toEqual(cursors.map(() => rows.length))
      return rows.map(({ cursor }) => cursor)
    },
    PATIENCE_MS,
  )
  for (const heard of cursors) expect(heard).toEqual(stored)
  return stored.length
}
