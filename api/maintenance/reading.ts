import { createContextCache } from '@pothos/core'
import type { Deps } from '../deps.ts'
import { type Context, workspaceOf } from '../graphql/context.ts'
import type { Maintained, Span } from './spans/span.ts'
import { readComingSpans, readMaintained, readSpansOfMonitors } from './spans/store.ts'

const MOST_COMING = 10

/** Which monitors of the workspace are being worked on; asked once in an operation. */
export const loadMaintained: (context: Context) => Promise<Maintained> = createContextCache(
  (context: Context) =>
    readMaintained(context.deps.database.pool, workspaceOf(context), context.deps.clock.now()),
)

/** For each monitor the span that goes on or else the next, null where none is to come. */
export async function readSpans(
  { database, clock }: Deps,
  workspaceId: string,
  monitorIds: string[],
): Promise<(Span | null)[]> {
  const spans = await readSpansOfMonitors(database.pool, workspaceId, monitorIds, clock.now())
  return monitorIds.map((id) => spans.get(id) ?? null)
}

/** For each window the spans that go on and those to come. */
export async function readComing(
  { database, clock }: Deps,
  workspaceId: string,
  windowIds: string[],
): Promise<Span[][]> {
  const page = { atMs: clock.now(), most: MOST_COMING }
  const spans = await readComingSpans(database.pool, workspaceId, windowIds, page)
  return windowIds.map((id) => spans.get(id) ?? [])
}
