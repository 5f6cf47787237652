/** RFC 5321, 4.5.3.1: a path is at most 256 octets, its brackets included. */
const LONGEST = 254
const LONGEST_LOCAL_PART = 64
/** RFC 5321 dot-string, the form without quotes; RFC 1123 host names. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const DOMAIN = /^[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i

/**
 * The rule an e-mail address breaks, or null. One plain address and nothing else: no display name, no
 * list, no quotes, no control character, so that it can stand in a header without being parsed again.
 */
export function addressProblem(address: string): string | null {
  if (address.length > LONGEST) return `must be at most ${LONGEST} characters`
  const at = address.lastIndexOf('@')
  const localPart = address.slice(0, Math.max(at, 0))
  if (localPart.length > LONGEST_LOCAL_PART) {
    return `must have at most ${LONGEST_LOCAL_PART} characters before the @`
  }
  const isPlain = LOCAL_PART.test(localPart) && DOMAIN.test(address.slice(at + 1))
  return isPlain ? null : 'must be one plain e-mail address, such as ada@example.com'
}
