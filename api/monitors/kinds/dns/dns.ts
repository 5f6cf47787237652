import { z } from 'zod'
import type { OutboundPolicy } from '../../../../core/address.ts'
import type { DnsExpectations } from '../../../../core/check.ts'
import { parseDomainName, parseResolver } from '../../../../core/target.ts'
import { dnsRecordTypes, dnsResponseCodes } from '../../../../core/vocabulary.ts'
import { textUnder } from '../../input/rules.ts'
import { plainKind } from '../kind.ts'
import { addressRule } from '../target-rule.ts'

const plain = {
  recordType: z.enum(dnsRecordTypes, `must be one of ${dnsRecordTypes.join(', ')}`),
  responseCode: z.enum(dnsResponseCodes, `must be one of ${dnsResponseCodes.join(', ')}`),
}

export const dnsSchema: z.ZodType<DnsExpectations> = z.object({
  ...plain,
  resolver: z.string().nullable(),
})

export const dns = plainKind<DnsExpectations>({
  defaults: { recordType: 'A', resolver: null, responseCode: 'NOERROR' },
  targetRule(text) {
    const target = parseDomainName(text)
    return target.ok ? null : target.rule
  },
  schema: dnsSchema,
  rules: (outbound) =>
    z.object({
      ...plain,
      resolver: textUnder((text) => resolverRule(text, outbound)).nullable(),
    }),
})

function resolverRule(text: string, outbound: OutboundPolicy): string | null {
  const resolver = parseResolver(text)
  return resolver.ok ? addressRule(resolver.host, outbound) : resolver.rule
}
