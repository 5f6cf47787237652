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
  credential:
    | { kind: 'SESSION'; sessionId: string }
    | { kind: 'API_KEY'; apiKeyId: string }
    /** Nobody in particular: what all who may see the same have in common. */
    | { kind: 'AUDIENCE' }
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

/** Whether two of the same credential, read at different times, may see and do the same. */
export function mayTheSame(one: Principal, other: Principal): boolean {
  return (
    one.workspaceId === other.workspaceId &&
    one.role === other.role &&
    one.permissions.symmetricDifference(other.permissions).size === 0
  )
}

/** Where the field's rule lets only sessions through. */
export function sessionIdOf({ credential }: Principal): string {
  invariant(credential.kind === 'SESSION', 'only a session has a session')
  return credential.sessionId
}

/** The session or API key that let them in. */
export function credentialIdOf({ credential }: Principal): string {
  invariant(credential.kind !== 'AUDIENCE', 'an audience is nobody in particular')
  return credential.kind === 'SESSION' ? credential.sessionId : credential.apiKeyId
}

/** Who is counted: a person, over all their sessions, or an API key; and the workspace that they act for. */
export type Caller = { caller: string; workspace: string }

export function callerOf({ credential, userId, workspaceId }: Principal): Caller {
  const caller = credential.kind === 'API_KEY' ? credential.apiKeyId : userId
  return { caller, workspace: workspaceId }
}

export function may(principal: Principal | null, permission: Permission): boolean {
  return principal?.permissions.has(permission) ?? false
}
