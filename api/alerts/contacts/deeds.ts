import { redeemMailToken } from '../../accounts/mails/deeds.ts'
import {
  countTimesAsked,
  insertAccountMail,
  readContactOfMail,
  spendMailsOfContact,
} from '../../accounts/mails/store.ts'
import { leadsNowhere, mailIdOf } from '../../accounts/mails/token.ts'
import type { Principal } from '../../accounts/principal.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { enableMailboxesOf } from '../channels/editing/deeds.ts'
import { giveUpAlerts } from '../deeds.ts'
import { hastenReviewsOfContact } from '../withholding/store.ts'
import {
  type ContactInput,
  isContactAlready,
  MAX_CONTACTS,
  noRoomForContact,
  parseContact,
  parseContactChange,
} from './contact.ts'
import {
  countContactsToAdd,
  deleteContactRow,
  insertContact,
  isContactTaken,
  lockContact,
  lockWithChannels,
  markContactVerified,
  saveContact,
} from './store.ts'

const DAY_MS = 24 * 3_600_000
const VERIFICATION_LASTS_MS = 7 * DAY_MS
/** A mailbox is asked no more often than this, whoever asks. */
const MOST_MAILS_A_DAY = 5

/** They are told nothing before they have followed the link that is mailed to them. */
export function createContact(
  deps: Deps,
  { workspaceId }: Principal,
  input: ContactInput,
): Promise<string> {
  const contact = parseContact(input)
  return inTransaction(deps.database, async (tx) => {
    if ((await countContactsToAdd(tx, workspaceId)) >= MAX_CONTACTS) throw noRoomForContact()
    const contactId = await insertContact(tx, workspaceId, contact)
    if (contactId === null) throw isContactAlready()
    await askMailbox(deps, tx, contactId, contact.email)
    return contactId
  })
}

/** A new address is to be verified as a new contact's is. */
export function updateContact(
  deps: Deps,
  { workspaceId }: Principal,
  { id, ...input }: ContactInput & { id: string },
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    // Of two who take an address at once the second waits, and sees that it is taken. Before contacts, as everywhere.
    if (input.email != null) await holdWorkspace(tx, workspaceId)
    const stored = await lockContact(tx, { id, workspaceId })
    if (!stored) throw notFound()
    const contact = parseContactChange(stored, input)
    const { email } = contact
    const isOther = email !== stored.email
    if (isOther && (await isContactTaken(tx, { id, workspaceId, email }))) throw isContactAlready()
    await saveContact(tx, { id, workspaceId }, contact)
    await hastenReviewsOfContact(tx, { id, workspaceId })
    if (isOther) await askMailbox(deps, tx, id, email)
  })
}

/** What was still to go over their channels is told elsewhere. */
export function deleteContact(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const channelIds = await lockWithChannels(tx, { id, workspaceId })
    if (channelIds === null) throw notFound()
    await deleteContactRow(tx, { id, workspaceId })
    await giveUpAlerts(deps, tx, channelIds, 'the contact was deleted')
  })
}

export function resendContactVerification(
  deps: Deps,
  { workspaceId }: Principal,
  id: string,
): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const contact = await lockContact(tx, { id, workspaceId })
    if (!contact) throw notFound()
    if (contact.isVerified) throw new Refusal('CONFLICT', 'This address is verified already.')
    await askMailbox(deps, tx, id, contact.email)
  })
}

export function verifyContact(deps: Deps, token: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const link = { kind: 'VERIFY_CONTACT', token } as const
    const mailId = mailIdOf(deps.keyring, link.kind, token)
    const contact = mailId && (await readContactOfMail(tx, mailId))
    // Before their mails, as where they are asked anew.
    if (!contact || !(await lockWithChannels(tx, contact))) throw leadsNowhere()
    const mail = await redeemMailToken(deps, tx, link)
    await enableMailboxesOf(deps, tx, contact.id)
    const verified = { id: contact.id, email: mail.recipient, verifiedAt: deps.clock.now() }
    if (!(await markContactVerified(tx, verified))) throw leadsNowhere()
  })
}

/** Mails a link; those mailed before lead nowhere from now on. */
async function askMailbox(
  { clock }: Deps,
  tx: Transaction,
  contactId: string,
  recipient: string,
): Promise<void> {
  const createdAt = clock.now()
  const since = createdAt - DAY_MS
  if ((await countTimesAsked(tx, { recipient, since })) >= MOST_MAILS_A_DAY) throw askedEnough()
  await spendMailsOfContact(tx, { contactId, usedAt: createdAt })
  const expiresAt = createdAt + VERIFICATION_LASTS_MS
  const mail = { kind: 'VERIFY_CONTACT', contactId, recipient, createdAt, expiresAt } as const
  await insertAccountMail(tx, mail)
}

function askedEnough(): Refusal {
  const message = `This address was asked ${MOST_MAILS_A_DAY} times within a day.`
  return new Refusal('RATE_LIMITED', message, { retryAfterSeconds: DAY_MS / 1_000 })
}
