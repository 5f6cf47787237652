import { redeemMailToken } from '../../accounts/mails/deeds.ts'
import {
  countTimesAsked,
  insertAccountMail,
  spendMailsOfContact,
} from '../../accounts/mails/store.ts'
import { leadsNowhere } from '../../accounts/mails/token.ts'
import type { Principal } from '../../accounts/principal.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import type { Deps } from '../../deps.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { notFound, Refusal } from '../../refusal.ts'
import { enableMailboxesOf } from '../channels/editing/deeds.ts'
import { readChannelIdsOfContact } from '../channels/store.ts'
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
  type ContactAddress,
  countContactsToAdd,
  deleteContactRow,
  insertContact,
  isContactTaken,
  lockContact,
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
    const stored = await lockContact(tx, { id, workspaceId })
    if (!stored) throw notFound()
    const contact = parseContactChange(stored, input)
    const { email } = contact
    const isOther = email !== stored.email
    if (isOther) await refuseTaken(tx, { id, workspaceId, email })
    await saveContact(tx, { id, workspaceId }, contact)
    await hastenReviewsOfContact(tx, { id, workspaceId })
    if (isOther) await askMailbox(deps, tx, id, email)
  })
}

/** What was still to go over their channels is told elsewhere. */
export function deleteContact(deps: Deps, { workspaceId }: Principal, id: string): Promise<void> {
  return inTransaction(deps.database, async (tx) => {
    const channelIds = await readChannelIdsOfContact(tx, { id, workspaceId })
    if (!(await deleteContactRow(tx, { id, workspaceId }))) throw notFound()
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
    const mail = await redeemMailToken(deps, tx, { kind: 'VERIFY_CONTACT', token })
    if (mail.contactId === null) throw leadsNowhere()
    // Channels are locked before contacts, as where a channel is changed.
    await enableMailboxesOf(deps, tx, mail.contactId)
    const verified = { id: mail.contactId, email: mail.recipient, verifiedAt: deps.clock.now() }
    if (!(await markContactVerified(tx, verified))) throw leadsNowhere()
  })
}

/** Of two who take an address at once the second waits, and sees that it is taken. */
async function refuseTaken(tx: Transaction, contact: ContactAddress): Promise<void> {
  await holdWorkspace(tx, contact.workspaceId)
  if (await isContactTaken(tx, contact)) throw isContactAlready()
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
