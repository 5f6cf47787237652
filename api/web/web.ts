import type { HttpBindings } from '@hono/node-server'

/** What a route of ours knows besides its request. */
export type Web = { Bindings: HttpBindings; Variables: { requestId: string } }
