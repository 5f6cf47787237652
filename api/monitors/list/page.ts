import { resolveCursorConnection } from '@pothos/plugin-relay'
import type { Prisma } from '../../../generated/prisma/client.ts'
import { decodeCursor, encodeCursor } from '../../cursor.ts'
import type { Deps } from '../../deps.ts'
import { DEFAULT_PAGE_SIZE } from '../../graphql/limits.ts'
import { formatPlace, type MonitorOrder, parsePlace, placeOf } from './list.ts'
import { type MonitorQuery, readMonitors } from './store.ts'

type List = {
  where: Prisma.MonitorWhereInput
  order: MonitorOrder
  args: Parameters<typeof resolveCursorConnection>[0]['args']
  query: MonitorQuery
}

/** A page of monitors as a Relay connection. */
export async function readPage(deps: Deps, { where, order, args, query }: List) {
  const placeAt = (cursor?: string) => decodeCursor(cursor, (text) => parsePlace(text, order))
  const page = await resolveCursorConnection<ReturnType<typeof readMonitors>>(
    {
      args,
      defaultSize: DEFAULT_PAGE_SIZE,
      toCursor: (monitor) => encodeCursor(formatPlace(placeOf(monitor, order))),
    },
    ({ before, after, limit, inverted }) =>
      readMonitors(
        deps,
        where,
        {
          after: placeAt(after),
          before: placeAt(before),
          order,
          isBackward: inverted,
          most: limit,
        },
        query,
      ),
  )
  return { ...page, where }
}
