import { describe, expect, it } from 'vitest'
import { addChannel, addContact } from '../../../test/channels.ts'
import { openTestDatabase } from '../../../test/database.ts'
import { testDeps } from '../../../test/deps.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { watch, type Watched } from '../../../test/monitors.ts'
import { turn } from '../../../test/telling.ts'
import { mailTokenOf } from '../../accounts/mails/token.ts'
import type { Principal } from '../../accounts/principal.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import { inTransaction, type Transaction } from '../../platform/database.ts'
import { createChannel, updateChannel } from '../channels/editing/deeds.ts'
import { deleteContact, resendContactVerification, updateContact, verifyContact } from './deeds.ts'

/** A contact who is asked whether they want to be told, and another. */
async function openStage() {
  const database = await openTestDatabase()
  const deps = testDeps(database)
  const { workspaceId, monitors } = await watch(database, {})
  const principal = { workspaceId } as Principal
  const [contactId, other] = [
    await addContact(deps, workspaceId, { email: 'ada@people.example', isVerified: false }),
    await addContact(deps, workspaceId, { email: 'bob@people.example' }),
  ]
  await resendContactVerification(deps, principal, contactId)
  const mail = await database.prisma.accountMail.findFirstOrThrow()
  return {
    database,
    deps,
    workspaceId,
    contactId,
    other,
    monitor: monitors[0] as Watched,
    verify: () => verifyContact(deps, mailTokenOf(deps.keyring, 'VERIFY_CONTACT', mail.id)),
    move: () => updateContact(deps, principal, { id: contactId, email: 'eve@people.example' }),
    remove: () => deleteContact(deps, principal, contactId),
    addMailbox: () =>
      createChannel(deps, principal, { name: 'Ada', email: { contactId }, isDefault: false }),
    addWebhook: (path: string) =>
      addChannel(deps, workspaceId, {
        contactId,
        webhook: { url: `https://hooks.example/${path}` },
      }),
    give: (channelId: string, to: string) =>
      updateChannel(deps, principal, { id: channelId, contactId: to }),
    /** Does what waits while `hold` keeps its locks, and has locked nothing of a table by then. */
    async waiting(
      deed: () => Promise<unknown>,
      hold: (tx: Transaction) => Promise<unknown>,
      untouched: string,
    ) {
      const { ended } = await inTransaction(database, async (tx) => {
        await hold(tx)
        const ended = deed()
        await untilSomebodyWaits(database)
        await tx.query(`SELECT FROM ${untouched} FOR UPDATE NOWAIT`)
        return { ended }
      })
      return ended
    },
    [Symbol.asyncDispose]: () => database.close(),
  }
}

type Stage = Awaited<ReturnType<typeof openStage>>

describe.concurrent('a contact', () => {
  it.each([
    ['is moved to another address', (stage: Stage) => stage.move()],
    ['gets a channel', (stage: Stage) => stage.addMailbox()],
  ])('that %s is locked after the workspace', async (_, deed) => {
    await using stage = await openStage()
    const hold = (tx: Transaction) => holdWorkspace(tx, stage.workspaceId)
    await stage.waiting(() => deed(stage), hold, 'contacts')
  })

  it.each([
    ['is deleted', (stage: Stage) => stage.remove()],
    ['follows the link', (stage: Stage) => stage.verify()],
  ])('that %s is locked after their channels', async (_, deed) => {
    await using stage = await openStage()
    const { id } = await stage.addWebhook('a')
    const hold = (tx: Transaction) =>
      tx.query('SELECT FROM channels WHERE id = $1 FOR UPDATE', [id])
    await stage.waiting(() => deed(stage), hold, 'contacts')
  })

  it('that follows the link is locked before their mails', async () => {
    await using stage = await openStage()
    const hold = (tx: Transaction) => tx.query('SELECT FROM contacts FOR UPDATE')
    await stage.waiting(stage.verify, hold, 'account_mails')
    expect(await stage.database.prisma.contact.count({ where: { verifiedAt: null } })).toBe(0)
  })

  it('that is deleted takes along what goes over the channels that are theirs by then', async () => {
    await using stage = await openStage()
    const { database, contactId, other } = stage
    const [left, gained] = [await stage.addWebhook('left'), await stage.addWebhook('gained')]
    await stage.give(gained.id, other)
    await turn(database, { ...stage.monitor, from: 'UP', to: 'DOWN', at: Date.now() })
    const hand = (id: string, to: string) => (tx: Transaction) =>
      tx.query('UPDATE channels SET contact_id = $2 WHERE id = $1', [id, to])
    const hold = async (tx: Transaction) => {
      await hand(left.id, other)(tx)
      await hand(gained.id, contactId)(tx)
    }
    await stage.waiting(stage.remove, hold, 'contacts')
    const alerts = await database.prisma.alert.findMany()
    const ended = new Map(alerts.map(({ channelId, status }) => [channelId, status]))
    expect(ended).toEqual(
      new Map([
        [left.id, 'PENDING'],
        [gained.id, 'FAILED'],
      ]),
    )
  })
})
