import type { Principal } from '../accounts/principal.ts'
import type { Deps } from '../deps.ts'
import { Refusal } from '../refusal.ts'

/** What every resolver is given. `principal` is null when no credentials came with the request. */
export type Context = {
  deps: Deps
  principal: Principal | null
  requestId: string
  /** Null where the caller's address cannot be known. */
  clientIp: string | null
}

/** The caller, where the field's rule lets only known callers through. */
export function principalOf(context: Context): Principal {
  if (context.principal === null) throw new Refusal('UNAUTHENTICATED', 'Sign in first.')
  return context.principal
}

/** The one workspace that this request may read and write; belongs into every WHERE. */
export function workspaceOf(context: Context): string {
  return principalOf(context).workspaceId
}
