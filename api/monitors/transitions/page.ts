import { resolveCursorConnection } from '@pothos/plugin-relay'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import type { Deps } from '../../deps.ts'
import { DEFAULT_PAGE_SIZE } from '../../graphql/limits.ts'
import { listTransitions, type TransitionsOf } from './store.ts'
import { formatPlace, parsePlace, type ShownTransition } from './transition.ts'

type PageArguments = Parameters<typeof resolveCursorConnection>[0]['args']

/** A page of a monitor's transitions as a Relay connection, newest first. */
export async function readPage(deps: Deps, of: TransitionsOf, args: PageArguments) {
  const toCursor = (transition: ShownTransition) => encodeCursor(formatPlace(transition))
  const page = await resolveCursorConnection<Promise<ShownTransition[]>>(
    { args, defaultSize: DEFAULT_PAGE_SIZE, toCursor },
    ({ before, after, limit, inverted }) =>
      listTransitions(deps, of, {
        olderThan: decodeCursor(after, parsePlace),
        newerThan: decodeCursor(before, parsePlace),
        order: inverted ? 'OLDEST_FIRST' : 'NEWEST_FIRST',
        most: limit,
      }),
  )
  return { ...page, of }
}
