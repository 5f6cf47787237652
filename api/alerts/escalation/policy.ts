import { z } from 'zod'
import { parseInput, typedText } from '../../input.ts'
import { complete, type Given, listOf, overlay, wholeNumber } from '../../monitors/input/rules.ts'
import { Refusal } from '../../refusal.ts'

const MAX_NAME_LENGTH = 100
const MAX_STEPS = 10
const MAX_CHANNELS = 20
const MAX_WAIT_MINUTES = 1_440
const MAX_REPEATS = 10
const MAX_ACKNOWLEDGEMENT_MINUTES = 10_080
export const MAX_POLICIES = 50

/** Whom to tell so long after the step before, or after the incident opened. */
export type EscalationStep = { afterMinutes: number; channelIds: string[] }

/** Who is told while nobody acknowledges. */
export type Policy = {
  steps: EscalationStep[]
  /** How often all steps begin again. */
  repeats: number
  /** How long an acknowledgement holds; null: until the incident is over. */
  acknowledgementMinutes: number | null
}

export type PolicySettings = Policy & { name: string }

export type PolicyInput = Given<PolicySettings>

const step = z.object({
  afterMinutes: wholeNumber(0, MAX_WAIT_MINUTES),
  channelIds: listOf(z.string(), MAX_CHANNELS)
    .min(1, 'must not be empty')
    .refine((ids) => new Set(ids).size === ids.length, { error: 'must name each channel once' }),
})

const rules = z
  .object({
    name: typedText(MAX_NAME_LENGTH),
    steps: listOf(step, MAX_STEPS).min(1, 'must not be empty'),
    repeats: wholeNumber(0, MAX_REPEATS),
    acknowledgementMinutes: wholeNumber(1, MAX_ACKNOWLEDGEMENT_MINUTES).nullable(),
  })
  .refine(({ steps, repeats }) => repeats === 0 || steps.some((one) => one.afterMinutes > 0), {
    path: ['repeats'],
    error: 'must be 0 where no step waits',
  })

const defaults = { repeats: 0, acknowledgementMinutes: null }

/** A new policy: what is left out takes its default. */
export function parsePolicy(input: PolicyInput): PolicySettings {
  return parseInput(rules, complete<object>(defaults, input))
}

/** A policy after a change: what is left out stays, null lets an acknowledgement hold. */
export function parsePolicyChange(stored: PolicySettings, input: PolicyInput): PolicySettings {
  return parseInput(rules, overlay<object>(stored, input))
}

/** Every channel that it names, once. */
export function channelsOf({ steps }: Policy): string[] {
  return [...new Set(steps.flatMap(({ channelIds }) => channelIds))]
}

export function noRoomForPolicy(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_POLICIES} policies.`)
}
