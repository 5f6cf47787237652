import { assertInterfaceType, type GraphQLResolveInfo } from 'graphql'
import { notFound } from '../refusal.ts'
import type { DecodedId } from './ids.ts'

/** `node(id)`: an id of no node is refused as the foreign and the absent are. */
export async function readNode(
  _root: unknown,
  args: { id: DecodedId },
  _context: unknown,
  info: GraphQLResolveInfo,
  resolve: (id: DecodedId) => unknown,
): Promise<unknown> {
  if (!isNodeType(args.id.typename, info)) throw notFound()
  const node = await resolve(args.id)
  if (node == null) throw notFound()
  return node
}

function isNodeType(typename: string, { schema }: GraphQLResolveInfo): boolean {
  const { objects } = schema.getImplementations(assertInterfaceType(schema.getType('Node')))
  return objects.some((type) => type.name === typename)
}
