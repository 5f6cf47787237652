import { z } from 'zod'
import { parseTarget } from '../../../core/target.ts'

/** An http(s) address in URL's own spelling, so that it can be found again in what was sent. */
export function address() {
  return z.string('must be an address').transform((text, context) => {
    const target = parseTarget(text.trim())
    if (target.ok) return target.url.href
    context.addIssue(target.rule)
    return z.NEVER
  })
}

/** As `address`, of one service only: `isKnown` says which; `origin` is where the operator has it besides. */
export function serviceAddress(service: {
  isKnown(url: URL): boolean
  example: string
  origin: string | undefined
}) {
  const { isKnown, example, origin } = service
  return address().refine((href) => {
    const url = new URL(href)
    return url.origin === origin || (url.protocol === 'https:' && isKnown(url))
  }, `must be an address such as ${example}`)
}

/** What a kind has none of. */
export const nothing = z.object({})
