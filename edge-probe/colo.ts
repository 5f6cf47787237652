import { readAtMost } from './body.ts'
import { withDeadline } from './deadline.ts'
import type { Duty } from './duty.ts'
import { fetchService, type Outbound } from './outbound.ts'

const DEADLINE_MS = 2_000
const MAX_TRACE_BYTES = 4_096
/** Objects are moved seldom; one that is begins with empty memory. */
const ASK_EVERY_MS = 6 * 3_600_000

/** Asks Cloudflare where it runs this object: a location hint is a wish. */
export async function learnColo({ colo, settings }: Duty, outbound: Outbound): Promise<void> {
  const { traceUrl } = settings
  if (traceUrl === null || Date.now() - colo.askedAt < ASK_EVERY_MS) return
  colo.askedAt = Date.now()
  colo.name = await withDeadline(DEADLINE_MS, (deadline) =>
    ask(outbound, traceUrl, deadline),
  ).catch(() => colo.name)
}

async function ask(outbound: Outbound, url: string, deadline: AbortSignal): Promise<string | null> {
  const response = await fetchService(outbound, url, { signal: deadline })
  const bytes = await readAtMost(response, MAX_TRACE_BYTES)
  const text = new TextDecoder().decode(bytes ?? undefined)
  return /^colo=([A-Z]{3})$/m.exec(text)?.[1] ?? null
}
