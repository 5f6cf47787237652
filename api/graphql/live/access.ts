import { credentialIdOf, type Principal } from '../../accounts/principal.ts'
import { readPrincipals } from '../../accounts/reading.ts'
import type { Deps } from '../../deps.ts'
import { type Running, startLoop } from '../../platform/loop.ts'
import { oneAtATime } from '../../platform/one-at-a-time.ts'
import { createPass, type Loss, type Pass } from './pass.ts'

const CHECK_EVERY_MS = 2_000

export type Access = Running & {
  /** From now on, until it is given back, the pass is looked at again and again. */
  admit(principal: Principal, lose: (loss: Loss) => void): Pass
  release(pass: Pass): void
}

/** Looks whether those who are subscribed still may be: now and then, and at once where somebody's access was withdrawn. */
export function watchAccess(deps: Deps): Access {
  const passes = new Set<Pass>()
  const now = () => performance.now()

  async function check(): Promise<void> {
    if (passes.size === 0) return
    const held = [...passes]
    const readAt = now()
    const principals = await readPrincipals(
      deps,
      held.map(({ principal }) => principal),
    )
    for (const pass of held)
      pass.judge(principals.get(credentialIdOf(pass.principal)) ?? null, readAt)
  }

  const loop = startLoop({
    name: 'look at access again',
    everyMs: CHECK_EVERY_MS,
    log: deps.log,
    work: check,
  })
  const checkSoon = oneAtATime(check)
  const unsubscribe = deps.database.bus.subscribe('access', () => {
    // What fails now is tried again within seconds by the loop, which also tells the log.
    checkSoon().catch(() => {})
  })

  return {
    admit(principal, lose) {
      const pass = createPass(principal, { readAt: now(), now, lose })
      passes.add(pass)
      return pass
    },
    release: (pass) => void passes.delete(pass),
    async stop() {
      unsubscribe()
      await loop.stop()
    },
  }
}
