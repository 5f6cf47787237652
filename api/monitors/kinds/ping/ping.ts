import { z } from 'zod'
import type { PingExpectations } from '../../../../core/check.ts'
import { parseHost } from '../../../../core/target.ts'
import { wholeNumber } from '../../input/rules.ts'
import { plainKind } from '../kind.ts'
import { addressRule } from '../target-rule.ts'

const MAX_PACKETS = 10

export const pingSchema: z.ZodType<PingExpectations> = z.object({
  packets: wholeNumber(1, MAX_PACKETS),
  // Of 100 % lost nothing came back: that is always down.
  maxLossPercent: wholeNumber(0, 99),
})

export const ping = plainKind<PingExpectations>({
  defaults: { packets: 3, maxLossPercent: 50 },
  targetRule(text, outbound) {
    const target = parseHost(text)
    return target.ok ? addressRule(target.host, outbound) : target.rule
  },
  schema: pingSchema,
})
