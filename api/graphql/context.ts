import { RequestCache } from '@pothos/plugin-scope-auth'
import type { Attempts } from '../accounts/attempts.ts'
import type { Principal } from '../accounts/principal.ts'
import type { Deps } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import type { Outlet } from './live/outlet.ts'

/** What every resolver is given. `principal` is null when no credentials came with the request. */
export type Context = {
  deps: Deps
  principal: Principal | null
  requestId: string
  /** Null where the caller's address cannot be known. */
  clientIp: string | null
  attempts: Attempts
  /** Go out with the answer; a socket has nowhere to put them. */
  answerHeaders: Headers
  /** How a subscription is told, where its transport does not pull. */
  outlet?: Outlet
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

/** Who signs in, out or over is somebody else for the rest of the operation. */
export function actAs(context: Context, principal: Principal | null): void {
  context.principal = principal
  RequestCache.clearForContext(context)
}
