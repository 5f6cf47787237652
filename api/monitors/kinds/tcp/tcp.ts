import { z } from 'zod'
import type { TcpExpectations } from '../../../../core/check.ts'
import { compilePattern } from '../../../../core/pattern.ts'
import { storableRule, textUnder, yesOrNo } from '../../input/rules.ts'
import { plainKind } from '../kind.ts'
import { endpointRule } from '../target-rule.ts'

const MAX_SEND_BYTES = 4_096

export const tcpSchema: z.ZodType<TcpExpectations> = z.object({
  tls: yesOrNo,
  verifyTls: yesOrNo,
  send: textUnder(sendRule).nullable(),
  expect: textUnder(patternRule).nullable(),
})

export const tcp = plainKind<TcpExpectations>({
  defaults: { tls: false, verifyTls: true, send: null, expect: null },
  targetRule: endpointRule,
  schema: tcpSchema,
})

function sendRule(text: string): string | null {
  if (text === '') return 'must not be empty'
  if (Buffer.byteLength(text) > MAX_SEND_BYTES) return `must be at most ${MAX_SEND_BYTES} bytes`
  return storableRule(text)
}

function patternRule(text: string): string | null {
  if (text === '') return 'must not be empty'
  const pattern = compilePattern(text)
  return pattern.ok ? storableRule(text) : pattern.rule
}
