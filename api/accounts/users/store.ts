import type { Prisma } from '../../../generated/prisma/client.ts'
import type { Deps } from '../../deps.ts'
import type { Principal } from '../principal.ts'

type UserQuery = Pick<Prisma.UserFindUniqueOrThrowArgs, 'select' | 'include'>

/** The caller's own row: whoever has a session or an API key exists. */
export function readOwnUser(deps: Deps, { userId }: Principal, query: UserQuery) {
  return deps.database.prisma.user.findUniqueOrThrow({ ...query, where: { id: userId } })
}
