import type { IncomingMessage } from 'node:http'
import type { Call } from './heartbeat.ts'

/** What is kept of a body; the rest is not read. */
const MAX_BODY_BYTES = 10_240
const MAX_EXIT_CODE = 255

const calls: Record<string, Call> = {
  '': { kind: 'SUCCESS', exitCode: null },
  start: { kind: 'START', exitCode: null },
  fail: { kind: 'FAIL', exitCode: null },
  log: { kind: 'LOG', exitCode: null },
}

/** What the end of the address says; null where it says nothing. */
export function readCall(ending: string): Call | null {
  if (Object.hasOwn(calls, ending)) return calls[ending] ?? null
  const exitCode = /^\d{1,3}$/.test(ending) ? Number(ending) : Infinity
  if (exitCode > MAX_EXIT_CODE) return null
  return { kind: exitCode === 0 ? 'SUCCESS' : 'FAIL', exitCode }
}

/** Null for none. What is no UTF-8 is told by U+FFFD, and NUL, which Postgres does not take, too. */
export async function readText(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Uint8Array[] = []
  let size = 0
  // Destroyed, it could no longer be answered.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= MAX_BODY_BYTES) break
  }
  const bytes = Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES)
  // A character that the limit cuts in two is left out.
  const text = new TextDecoder().decode(bytes, { stream: size > MAX_BODY_BYTES })
  return text === '' ? null : text.replaceAll('\0', '\uFFFD')
}
