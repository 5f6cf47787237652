/** RFC 5321, 4.5.3.1: a path is at most 256 octets, its brackets included. */
const MAX_LENGTH = 254
const MAX_LOCAL_PART_LENGTH = 64
/** RFC 5321 dot-string, the form without quotes; RFC 1123 host names. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i

/**
 * The rule an e-mail address breaks, or null. One plain address and nothing else: no display name, no
 * list, no quotes, no control character, so that it can stand in a header without being parsed again.
 */
export function addressProblem(address: string): string | null {
  if (address.length > MAX_LENGTH) return `must be at most ${MAX_LENGTH} characters`
  const at = address.lastIndexOf('@')
  const localPart = address.slice(0, Math.max(at, 0))
  if (localPart.length > MAX_LOCAL_PART_LENGTH) {
    return `must have at most ${MAX_LOCAL_PART_LENGTH} characters before the @`
  }
  const isPlain = LOCAL_PART.test(localPart) && DOMAIN.test(address.slice(at + 1))
  return isPlain ? null : 'must be one plain e-mail address, such as ada@example.com'
}
