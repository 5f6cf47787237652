import type { z } from 'zod'
import type { OutboundPolicy } from '../../../core/address.ts'
import { complete, type Given, overlay } from '../input/rules.ts'

/** How one kind of monitor is described by a caller, kept in its row and read back. */
export type Kind<Expectations, Block> = {
  /** The rule that a target breaks, or null. */
  targetRule(text: string, outbound: OutboundPolicy): string | null
  /** The block of a new monitor: what is left out or null takes its default. */
  complete(block: Block | null | undefined): Block
  /** The block after a change: what is left out stays, null clears what may be empty. */
  change(stored: Expectations, block: Block | undefined): Block
  /** A whole block, into what is expected. */
  rules(outbound: OutboundPolicy): z.ZodType<Expectations>
  /** Splits into what the row may show and what it holds sealed; null if there is nothing secret. */
  split(expectations: Expectations): { shown: object; secrets: object | null }
  /** The reverse; throws where the row does not hold them. */
  join(shown: unknown, secrets: unknown): Expectations
}

/** A kind whose block is what it expects, with nothing secret in it. */
export function plainKind<Expectations extends object>({
  defaults,
  targetRule,
  schema,
  rules = () => schema,
}: {
  defaults: Expectations
  targetRule: Kind<Expectations, never>['targetRule']
  schema: z.ZodType<Expectations>
  rules?: (outbound: OutboundPolicy) => z.ZodType<Expectations>
}): Kind<Expectations, Given<Expectations>> {
  return {
    targetRule,
    complete: (block) => complete(defaults, block ?? {}),
    change: (stored, block) => overlay(stored, block ?? {}),
    rules,
    split: (expectations) => ({ shown: expectations, secrets: null }),
    join: (shown) => schema.parse(shown),
  }
}
