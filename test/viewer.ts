import { permissionsOf, type Principal } from '../api/accounts/principal.ts'

/** Somebody who is signed in and may see what there is, for what asks no database who they are. */
export const viewer: Principal = {
  workspaceId: 'workspace',
  userId: 'user',
  role: 'VIEWER',
  permissions: permissionsOf('VIEWER'),
  credential: { kind: 'SESSION', sessionId: 'session' },
}
