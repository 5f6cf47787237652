import { z } from 'zod'
import type { TlsExpectations } from '../../../../core/check.ts'
import { parseDomainName } from '../../../../core/target.ts'
import { textUnder, yesOrNo } from '../../input/rules.ts'
import { plainKind } from '../kind.ts'
import { endpointRule } from '../target-rule.ts'

export const tlsSchema: z.ZodType<TlsExpectations> = z.object({
  serverName: textUnder(serverNameRule).nullable(),
  verifyChain: yesOrNo,
})

export const tls = plainKind<TlsExpectations>({
  defaults: { serverName: null, verifyChain: true },
  targetRule: endpointRule,
  schema: tlsSchema,
})

/** RFC 6066 §3: a name, never an address. */
function serverNameRule(text: string): string | null {
  const name = parseDomainName(text)
  return name.ok ? null : name.rule
}
