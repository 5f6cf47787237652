import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { AlertChannel } from '../../../generated/prisma/enums.ts'
import { parseInput, typedText } from '../../input.ts'
import { complete, type Given, overlay, present, wholeNumber } from '../../monitors/input/rules.ts'
import type { Keyring } from '../../platform/keyring.ts'
import type { ServiceOrigins } from '../../platform/service-origins.ts'
import { type InputIssue, Refusal } from '../../refusal.ts'
import { type Wording, wordingRules } from '../wording.ts'
import { channelKinds } from './kinds.ts'
import { firstSecrets } from './kinds/webhook.ts'

const MAX_NAME_LENGTH = 100
const MAX_PER_HOUR = 10_000

type Plain = {
  name: string
  contactId: string | null
  wording: Wording | null
  maxPerHour: number | null
}

/** A way to tell, its secrets opened. */
export type ChannelSettings = Plain & {
  kind: AlertChannel
  label: string
  settings: object
  secrets: object
}

type BlockFields = { [Kind in AlertChannel as Lowercase<Kind>]: object }

/** What a caller says of one: the block of its kind is the only one. */
export type ChannelInput = Given<Omit<Plain, 'wording'> & { wording: Given<Wording> } & BlockFields>

export const alertChannels = Object.values(AlertChannel)

const rules = z.object({
  name: typedText(MAX_NAME_LENGTH),
  contactId: z.string().nullable(),
  wording: wordingRules.nullable(),
  maxPerHour: wholeNumber(1, MAX_PER_HOUR).nullable(),
})

const defaults = { contactId: null, wording: null, maxPerHour: null }

/** A new channel's settings; `freshSecret` is what a webhook signs with. */
export function parseNewChannel(
  input: ChannelInput,
  { origins, freshSecret }: { origins: ServiceOrigins; freshSecret: string },
): ChannelSettings {
  const kinds = alertChannels.filter((kind) => input[blockOf(kind)] != null)
  const [kind] = kinds
  if (!kind || kinds.length > 1) throw notOneBlock()
  const given = present(input[blockOf(kind)] ?? {})
  const own = kind === 'WEBHOOK' ? { ...given, ...firstSecrets(freshSecret) } : given
  const plain = parseInput(rules, complete<object>(defaults, withContact(input)))
  return { kind, ...plain, ...parseBlock(kind, own, { name: plain.name, origins }) }
}

/** The settings after a change: what is left out stays, null clears what may be empty, and the kind is what it was. */
export function parseChannelChange(
  { kind, settings, secrets, label: _, ...stored }: ChannelSettings,
  input: ChannelInput,
  origins: ServiceOrigins,
): ChannelSettings {
  const strange = alertChannels.filter((one) => one !== kind && input[blockOf(one)] != null)
  if (strange.length > 0) throw broken(strange.map((one) => otherKind(one, kind)))
  const own = overlay<object>({ ...settings, ...secrets }, input[blockOf(kind)] ?? {})
  const plain = parseInput(rules, overlay<object>(stored, withContact(withWording(stored, input))))
  return { kind, ...plain, ...parseBlock(kind, own, { name: plain.name, origins }) }
}

/** Whether what it is told goes another way from now on: to another address, by another secret, to another mailbox. */
export function leadsElsewhere(before: ChannelSettings, after: ChannelSettings): boolean {
  const ways = [before, after].map(({ kind, settings, secrets, contactId }) => ({
    settings,
    secrets,
    mailbox: kind === 'EMAIL' ? contactId : null,
  }))
  return !isDeepStrictEqual(ways[0], ways[1])
}

/** Null where there is nothing secret. */
export function sealSecrets(
  channel: { id: string; workspaceId: string },
  secrets: object,
  keyring: Keyring,
): Uint8Array | null {
  const isEmpty = Object.keys(secrets).length === 0
  return isEmpty ? null : keyring.seal(JSON.stringify(secrets), placeOf(channel))
}

export function openSecrets(
  channel: { id: string; workspaceId: string },
  sealed: Uint8Array | null,
  keyring: Keyring,
): object {
  return sealed === null ? {} : (JSON.parse(keyring.open(sealed, placeOf(channel))) as object)
}

function blockOf<Kind extends AlertChannel>(kind: Kind): Lowercase<Kind> {
  return kind.toLowerCase() as Lowercase<Kind>
}

/** Of own words too what is left out stays. */
function withWording({ wording }: Plain, input: ChannelInput): ChannelInput {
  return input.wording ? { ...input, wording: overlay(wording ?? {}, input.wording) } : input
}

/** Whose mailbox it is stands in the block of an e-mail. */
function withContact(input: ChannelInput): object {
  const { email, ...rest } = input
  return email ? { ...rest, ...email } : rest
}

/** Its issues name the fields as the caller does, whether they are shown or secret. */
function parseBlock(
  kind: AlertChannel,
  block: object,
  { name, origins }: { name: string; origins: ServiceOrigins },
) {
  const { rules: rulesFor, labelOf } = channelKinds[kind]
  const { settings, secrets } = rulesFor(origins)
  const shown = settings.safeParse(block)
  const hidden = secrets.safeParse(block)
  const issues = [shown, hidden].flatMap(({ error }) => error?.issues ?? [])
  if (issues.length > 0) {
    throw broken(
      issues.map(({ path, message }) => ({ path: [blockOf(kind), ...path.map(String)], message })),
    )
  }
  return {
    settings: shown.data as object,
    secrets: hidden.data as object,
    label: labelOf(shown.data, name),
  }
}

function placeOf({ id, workspaceId }: { id: string; workspaceId: string }): string {
  return `channels|secrets|${workspaceId}|${id}`
}

function notOneBlock(): Refusal {
  const names = alertChannels.map(blockOf)
  const message = `exactly one of ${names.join(', ')} must be given`
  return broken(names.map((name) => ({ path: [name], message })))
}

function otherKind(kind: AlertChannel, was: AlertChannel): InputIssue {
  return { path: [blockOf(kind)], message: `must be left out: the channel is of kind ${was}` }
}

function broken(issues: InputIssue[]): Refusal {
  return new Refusal('BAD_USER_INPUT', 'The input breaks a rule.', { issues })
}
