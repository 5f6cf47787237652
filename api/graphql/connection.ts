import { resolveCursorConnection } from '@pothos/plugin-relay'
import { badCursor, type Page } from '../page.ts'
import { DEFAULT_PAGE_SIZE } from './limits.ts'

type PageArguments = Parameters<typeof resolveCursorConnection>[0]['args']

/** A list that is read by places: `parse` takes one out of a cursor, or gives null; `format` writes an entry's. */
type List<Of, Entry, Place> = {
  /** Which list it is: handed on to `totalCount`. */
  of: Of
  parse(text: string): Place | null
  read(page: Page<Place>): Promise<Entry[]>
  format(entry: NoInfer<Entry>): string
}

/** A page as a Relay connection, for lists that Prisma does not page. */
export async function readConnection<Of, Entry, Place>(
  args: PageArguments,
  { of, parse, read, format }: List<Of, Entry, Place>,
) {
  const page = await resolveCursorConnection<Promise<Entry[]>>(
    {
      args,
      defaultSize: DEFAULT_PAGE_SIZE,
      toCursor: (entry) => Buffer.from(format(entry)).toString('base64url'),
    },
    ({ after, before, inverted, limit }) =>
      read({
        after: placeOf('after', after, parse),
        before: placeOf('before', before, parse),
        isBackward: inverted,
        most: limit,
      }),
  )
  return { ...page, of }
}

function placeOf<Place>(
  argument: 'after' | 'before',
  cursor: string | undefined,
  parse: (text: string) => Place | null,
): Place | null {
  if (cursor === undefined) return null
  const place = parse(Buffer.from(cursor, 'base64url').toString())
  if (place === null) throw badCursor(argument)
  return place
}
