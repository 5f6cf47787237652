import { z } from 'zod'
import { type Given, overlay, present, textUnder, wholeNumber } from '../../input/rules.ts'
import type { Kind } from '../kind.ts'
import { cronRule, type HeartbeatPlan, LONGEST_PAUSE_SECONDS, timeZoneRule } from './plan.ts'

const MIN_PERIOD_SECONDS = 10
const MAX_GRACE_SECONDS = 604_800

const daily: HeartbeatPlan = {
  periodSeconds: 86_400,
  cron: null,
  timeZone: null,
  graceSeconds: 3_600,
}

export const planSchema: z.ZodType<HeartbeatPlan> = z
  .object({
    periodSeconds: wholeNumber(MIN_PERIOD_SECONDS, LONGEST_PAUSE_SECONDS).nullable(),
    cron: textUnder(cronRule).nullable(),
    timeZone: textUnder(timeZoneRule).nullable(),
    graceSeconds: wholeNumber(1, MAX_GRACE_SECONDS),
  })
  .superRefine(({ periodSeconds, cron, timeZone }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    if (periodSeconds !== null && cron !== null) refuse('cron', 'excludes periodSeconds')
    if (periodSeconds === null && cron === null) refuse('periodSeconds', 'or cron must be given')
    if ((cron === null) !== (timeZone === null)) refuse('timeZone', 'goes with cron')
  })

export const heartbeat: Kind<HeartbeatPlan, Given<HeartbeatPlan>> = {
  // Nobody goes there: it has none.
  targetRule: () => null,
  complete: (block) => planned(daily, present(block ?? {})),
  change: (stored, block) => planned(stored, block ?? {}),
  rules: () => planSchema,
  split: (plan) => ({ shown: plan, secrets: null }),
  join: (shown) => planSchema.parse(shown),
}

/** A cron expression given takes the place of a period, and the reverse. */
function planned(base: HeartbeatPlan, block: Given<HeartbeatPlan>): Given<HeartbeatPlan> {
  if (block.cron != null) {
    const byCron: HeartbeatPlan = { ...base, periodSeconds: null, timeZone: base.timeZone ?? 'UTC' }
    return overlay(byCron, { ...block, timeZone: block.timeZone ?? undefined })
  }
  return overlay(
    block.periodSeconds == null ? base : { ...base, cron: null, timeZone: null },
    block,
  )
}
