import { mayTheSame, type Principal } from '../../accounts/principal.ts'

/** GONE: they would not be let in again. CHANGED: they would, and see something else. */
export type Loss = 'GONE' | 'CHANGED'

/** After this long without another look nothing goes out: see CHECK_EVERY_MS, and 5 s that are promised. */
const FRESH_MS = 4_000

/** The right of one subscriber to be told things, as long as it is confirmed again and again. */
export type Pass = {
  readonly principal: Principal
  readonly loss: Loss | null
  /** A promise where it has to be confirmed first; it resolves as well when the pass is lost. */
  confirmed(): Promise<void> | undefined
  /** What the credential stands for now, as read after this moment; null: it lets nobody in. */
  judge(now: Principal | null, readAt: number): void
}

/** `readAt` and all moments here are milliseconds of a clock that is never set. */
export function createPass(
  principal: Principal,
  { readAt, now, lose }: { readAt: number; now: () => number; lose: (loss: Loss) => void },
): Pass {
  let confirmedAt = readAt
  let loss: Loss | null = null
  let waiting: PromiseWithResolvers<void> | null = null

  function goOn(): void {
    waiting?.resolve()
    waiting = null
  }

  return {
    principal,
    get loss() {
      return loss
    },
    confirmed() {
      if (loss || now() < confirmedAt + FRESH_MS) return undefined
      waiting ??= Promise.withResolvers()
      return waiting.promise
    },
    judge(current, at) {
      if (loss) return
      if (current && mayTheSame(principal, current)) confirmedAt = Math.max(confirmedAt, at)
      else {
        loss = current ? 'CHANGED' : 'GONE'
        lose(loss)
      }
      goOn()
    },
  }
}
