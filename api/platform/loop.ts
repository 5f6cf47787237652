import { setTimeout as delay } from 'node:timers/promises'
import type { Log } from './log.ts'

/** After a failure the loop waits at least this long, so that an outage does not fill the log. */
const AFTER_FAILURE_MS = 1_000

/** What goes on until it is stopped. */
export type Running = {
  /** Begins nothing new, and resolves when what is under way has ended. */
  stop(): Promise<void>
}

export type LoopOptions = {
  name: string
  everyMs: number
  log: Log
  work(signal: AbortSignal): Promise<unknown>
}

/** Runs `work` now and then every `everyMs`, one run at a time; what it throws is logged and ends nothing. */
export function startLoop({ name, everyMs, log, work }: LoopOptions): Running {
  const stopping = new AbortController()
  const { signal } = stopping

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const startedAt = performance.now()
      const restMs = await runOnce()
      const leftMs = Math.max(0, startedAt + restMs - performance.now())
      await rest(leftMs, signal)
    }
  }

  async function runOnce(): Promise<number> {
    try {
      await work(signal)
      return everyMs
    } catch (error) {
      log.error({ err: error, loop: name }, 'a run failed, the next one comes')
      return Math.max(everyMs, AFTER_FAILURE_MS)
    }
  }

  const running = run()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/** Works off what there is, portion by portion, unless the signal aborts; `work` says whether nothing is left. */
export async function drain(work: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  let isDone = false
  while (!isDone && !signal.aborted) isDone = await work()
}

/** Many as one. All are stopped at once: each has its own grace, and together they last as long as the longest. */
export function together(running: readonly Running[]): Running {
  return {
    async stop() {
      await Promise.all(running.map((one) => one.stop()))
    },
  }
}

/** Waits, less long if the signal aborts. */
export async function rest(ms: number, until: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal: until }).catch(() => {})
}
