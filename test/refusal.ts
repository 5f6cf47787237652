import { Refusal } from '../api/refusal.ts'

/** `field rule`, of each rule that the input breaks. */
export function refusalOf(parse: () => unknown): string[] {
  try {
    parse()
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'BAD_USER_INPUT') throw error
    return error.issues.map(({ path, message }) => `${path.join('.')} ${message}`)
  }
  return []
}
