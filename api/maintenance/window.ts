import { z } from 'zod'
import { parseInput } from '../input.ts'
import {
  complete,
  type Given,
  listOf,
  overlay,
  plainTextRule,
  textUnder,
  wholeNumber,
} from '../monitors/input/rules.ts'
import { timeZoneRule } from '../monitors/kinds/heartbeat/plan.ts'
import { badInput, Refusal } from '../refusal.ts'
import { ruleOfRecurrence, ruleOfWallClock, type Schedule, yieldIssue } from './recurrence.ts'

/** A week. What reads spans by their start relies on none being longer. */
export const MAX_DURATION_MINUTES = 10_080
export const MAX_WINDOWS = 100
export const MAX_MONITORS = 500
const MAX_NAME_LENGTH = 100

/** All that a person decides about a window; `monitorIds` null: it is for all monitors. */
export type WindowSettings = Schedule & { name: string; monitorIds: string[] | null }

export type WindowInput = Given<WindowSettings>

const rules = z.object({
  name: textUnder((text) => plainTextRule(text, MAX_NAME_LENGTH)),
  timeZone: textUnder(timeZoneRule),
  startsAt: textUnder(ruleOfWallClock),
  durationMinutes: wholeNumber(1, MAX_DURATION_MINUTES),
  rrule: textUnder(ruleOfRecurrence).nullable(),
  monitorIds: listOf(z.string(), MAX_MONITORS)
    .min(1, 'must name a monitor; null is for all of them')
    .transform((ids) => [...new Set(ids)])
    .nullable(),
})

/** A new window: once where no rule is given, for all monitors where none are. */
export function parseWindow(input: WindowInput): WindowSettings {
  return checked({ rrule: null, monitorIds: null, ...complete<object>({ timeZone: 'UTC' }, input) })
}

/** What is left out stays; null as the rule makes it happen once, null as the monitors means all. */
export function parseWindowChange(stored: WindowSettings, input: WindowInput): WindowSettings {
  return checked(overlay<object>(stored, input))
}

export function isSameSchedule(one: Schedule, other: Schedule): boolean {
  return scheduled.every((field) => one[field] === other[field])
}

export function noRoomForWindow(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_WINDOWS} maintenance windows.`)
}

const scheduled = ['timeZone', 'startsAt', 'durationMinutes', 'rrule'] as const

function checked(input: unknown): WindowSettings {
  const settings = parseInput(rules, input)
  const issue = yieldIssue(settings)
  if (issue) throw badInput('rrule', issue)
  return settings
}
