import type { HttpExpectations } from './check.ts'

/** Whether an answer sends the client on (RFC 9110 §15.4), if it says where. */
export function isRedirect(status: number): boolean {
  return status > 300 && status < 309 && status !== 304 && status !== 305 && status !== 306
}

/** Why a status is not one of those expected, in one sentence; null when it is. `name` is its reason phrase. */
export function statusProblem(
  status: number,
  name: string | undefined,
  expected: HttpExpectations['expectedStatus'],
): string | null {
  if (expected.some(({ from, to }) => status >= from && status <= to)) return null
  const wanted = expected.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`))
  return `The status was ${status}${name ? ` ${name}` : ''}, expected ${wanted.join(' or ')}`
}

/** A body in the charset that its Content-Type names; UTF-8 where it names none or one that is not known. */
export function bodyText(bytes: Uint8Array, contentType = ''): string {
  const charset = /;\s*charset="?([\w.:-]+)/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    // A label that is not known: most such pages are UTF-8 nonetheless.
    return new TextDecoder().decode(bytes)
  }
}
