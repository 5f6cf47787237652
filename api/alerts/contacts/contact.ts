import { z } from 'zod'
import { emailAddress } from '../../accounts/users/email.ts'
import { parseInput, typedText } from '../../input.ts'
import { complete, type Given, overlay, textUnder } from '../../monitors/input/rules.ts'
import { timeZoneRule } from '../../monitors/kinds/heartbeat/plan.ts'
import { Refusal } from '../../refusal.ts'
import { formatQuietHours, type QuietHours, quietHoursRules } from './quiet-hours.ts'

const MAX_NAME_LENGTH = 100
export const MAX_CONTACTS = 200

/** Somebody to tell. */
export type ContactSettings = {
  name: string
  email: string
  timeZone: string
  quietHours: QuietHours | null
}

/** What a caller says of one: times of day as `22:00`. */
export type ContactInput = Given<
  Omit<ContactSettings, 'quietHours'> & { quietHours: { from: string; to: string } }
>

const rules = z.object({
  name: typedText(MAX_NAME_LENGTH),
  email: emailAddress,
  timeZone: textUnder(timeZoneRule),
  quietHours: quietHoursRules.nullable(),
})

/** A new contact's settings: what is left out takes its default. */
export function parseContact(input: ContactInput): ContactSettings {
  return parseInput(rules, { quietHours: null, ...complete<object>({ timeZone: 'UTC' }, input) })
}

/** The settings after a change: what is left out stays, and null as quiet hours ends them. */
export function parseContactChange(
  { quietHours, ...stored }: ContactSettings,
  input: ContactInput,
): ContactSettings {
  const kept = quietHours && formatQuietHours(quietHours)
  return parseInput(rules, { quietHours: kept, ...overlay<object>(stored, input) })
}

export function noRoomForContact(): Refusal {
  return new Refusal('LIMIT_REACHED', `A workspace has at most ${MAX_CONTACTS} contacts.`)
}

export function isContactAlready(): Refusal {
  return new Refusal('CONFLICT', 'This address belongs to a contact already.')
}
