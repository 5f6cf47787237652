import { invariant } from '../../core/invariant.ts'
import type { Role } from '../../generated/prisma/enums.ts'

/** What a caller may do; an API key's scopes are a subset of these. */
export const permissions = [
  'MONITORS_READ',
  'MONITORS_WRITE',
  'INCIDENTS_READ',
  'INCIDENTS_WRITE',
  'PROBES_READ',
  'PROBES_WRITE',
  'WORKSPACE_READ',
  'WORKSPACE_ADMIN',
] as const

export type Permission = (typeof permissions)[number]

/** Who is asking, for which workspace, and what they may do there. Made from the credential, never from input. */
export type Principal = {
  workspaceId: string
  /** The signed-in user, or the maker of the API key. */
  userId: string
  role: Role
  permissions: ReadonlySet<Permission>
  credential: { kind: 'SESSION'; sessionId: string } | { kind: 'API_KEY'; apiKeyId: string }
}

const readOnly = ['MONITORS_READ', 'INCIDENTS_READ', 'PROBES_READ', 'WORKSPACE_READ'] as const
const watch = [...readOnly, 'MONITORS_WRITE', 'INCIDENTS_WRITE'] as const
const administer = [...watch, 'PROBES_WRITE', 'WORKSPACE_ADMIN'] as const

/** OWNER may do what ADMIN may, and may also manage owners: see membership.ts. */
const permissionsByRole = {
  VIEWER: new Set(readOnly),
  MEMBER: new Set(watch),
  ADMIN: new Set(administer),
  OWNER: new Set(administer),
} satisfies Record<Role, ReadonlySet<Permission>>

export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return permissionsByRole[role]
}

/** Where the field's rule lets only sessions through. */
export function sessionIdOf({ credential }: Principal): string {
  invariant(credential.kind === 'SESSION', 'an API key has no session')
  return credential.sessionId
}

export function may(principal: Principal | null, permission: Permission): boolean {
  return principal?.permissions.has(permission) ?? false
}
