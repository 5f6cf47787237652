/** A timer that is left behind would keep its Durable Object from hibernating, which is paid for. */
export async function withDeadline<T>(
  withinMs: number,
  work: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const end = () => controller.abort(new DOMException('The time is over', 'TimeoutError'))
  const timer = setTimeout(end, withinMs)
  try {
    return await work(controller.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** What `promise` comes to, or a rejection once the deadline is over: for what takes no signal itself. */
export function untilDeadline<T>(promise: Promise<T>, deadline: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>()
  const end = () => reject(deadline.reason)
  if (deadline.aborted) end()
  deadline.addEventListener('abort', end)
  return Promise.race([promise, over]).finally(() => deadline.removeEventListener('abort', end))
}

/** Resolves with the first of the promises, or once the time is over. */
export async function firstOf(promises: Promise<unknown>[], withinMs: number): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const timer = withinMs === Infinity ? null : setTimeout(resolve, Math.max(0, withinMs))
  await Promise.race([...promises, over])
  if (timer !== null) clearTimeout(timer)
}

export function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, ms)
  return promise
}
