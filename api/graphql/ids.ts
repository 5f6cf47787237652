import { notFound } from '../refusal.ts'
import { isUuid } from '../uuid.ts'
import { type Context, workspaceOf } from './context.ts'

const DECODED = /^([A-Z][A-Za-z]{0,63}):([\x21-\x7e]{1,200})$/

export type DecodedId = { typename: string; id: string }

/** Opaque to clients: base64url of `Type:key`. */
export function encodeId(typename: string, key: string | number | bigint): string {
  return Buffer.from(`${typename}:${key}`).toString('base64url')
}

/** Refuses with NOT_FOUND what `encodeId` cannot have made, exactly as it is refused when the row is absent. */
export function decodeId(id: string): DecodedId {
  const decoded = decode(id)
  if (decoded === null) throw notFound()
  return decoded
}

/** For `node(id)`, whose argument is read while the operation is still being reckoned: refuses nothing yet. */
export function decodeIdOrNowhere(id: string): DecodedId {
  return decode(id) ?? { typename: '', id: '' }
}

/** The key inside an id given as an argument; an id of any other type is NOT_FOUND. */
export function keyOf(typename: string, id: string): string {
  const decoded = decodeId(id)
  if (decoded.typename !== typename) throw notFound()
  return decoded.id
}

/** As `keyOf`, for the types whose key is a UUID: all but the high-volume ones. */
export function uuidOf(typename: string, id: string): string {
  return uuid(keyOf(typename, id))
}

/** `findUnique` of every node that belongs to a workspace: what is foreign is absent. */
export function owned(key: string, context: Context): { id: string; workspaceId: string } {
  return { id: uuid(key), workspaceId: workspaceOf(context) }
}

export function uuid(key: string): string {
  if (!isUuid(key)) throw notFound()
  return key
}

function decode(id: string): DecodedId | null {
  const [, typename, key] = DECODED.exec(Buffer.from(id, 'base64url').toString()) ?? []
  if (!typename || !key || encodeId(typename, key) !== id) return null
  return { typename, id: key }
}
