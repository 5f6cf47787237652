import { resolveCursorConnection } from '@pothos/plugin-relay'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import type { Deps } from '../../deps.ts'
import { DEFAULT_PAGE_SIZE } from '../../graphql/limits.ts'
import { formatPlace, parsePlace, type ShownCheck } from './check.ts'
import { type History, readChecks } from './store.ts'

type PageArguments = Parameters<typeof resolveCursorConnection>[0]['args']

/** A page of a monitor's history as a Relay connection, newest first. */
export async function readPage(deps: Deps, history: History, args: PageArguments) {
  const toCursor = (check: ShownCheck) => encodeCursor(formatPlace(check))
  const page = await resolveCursorConnection<Promise<ShownCheck[]>>(
    { args, defaultSize: DEFAULT_PAGE_SIZE, toCursor },
    ({ before, after, limit, inverted }) =>
      readChecks(deps, history, {
        olderThan: decodeCursor(after, parsePlace),
        newerThan: decodeCursor(before, parsePlace),
        order: inverted ? 'OLDEST_FIRST' : 'NEWEST_FIRST',
        most: limit,
      }),
  )
  return { ...page, history }
}
