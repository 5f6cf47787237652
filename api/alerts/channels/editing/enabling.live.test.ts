import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenInTheMail } from '../../../../test/people.ts'
import { uuidOf } from '../../../graphql/ids.ts'
import { inTransaction } from '../../../platform/database.ts'
import { noteEnd } from '../../deeds.ts'
import { readChannelToSend } from '../store.ts'
import { addContact, type ChannelStage, openChannelStage, TEST, UPDATE } from './testing/stage.ts'

const ENABLE = 'mutation ($id: ID!) { enableChannel(input: { id: $id }) { channel { id } } }'
const VERIFY =
  'mutation ($token: String!) { verifyContact(input: { token: $token }) { isVerified } }'

let stage: ChannelStage

beforeAll(async () => {
  stage = await openChannelStage()
})
afterAll(() => stage[Symbol.asyncDispose]())

describe('a channel that was disabled', () => {
  const token = '123456789:AAcanarycanarycanarycanarycanary_x'
  const webhook = { url: 'https://hooks.example/' }

  async function createDisabled(input: object): Promise<string> {
    const { channel } = await stage.create(input)
    const come = await sendInVain(channel.id)
    await come()
    expect(await stateOf(channel.id)).toEqual(OFF)
    return channel.id
  }

  /** Sends over it as it is now, to nobody: what comes of that once the answer is there. */
  async function sendInVain(id: string): Promise<() => Promise<unknown>> {
    const [channelId, { workspaceId }] = [uuidOf('Channel', id), stage.alice]
    const sent = await readChannelToSend(stage.app.database.pool, { id: channelId, workspaceId })
    const delivery = { outcome: 'GONE', why: 'the answer was 410' } as const
    const delivered = { delivery, channelAsOf: sent!.updatedAt }
    return () =>
      inTransaction(stage.app.database, (tx) =>
        noteEnd(stage.app.deps, tx, { channelId, workspaceId }, delivered),
      )
  }

  const OFF = { isDisabled: true, openNotices: 1 }
  const ON = { isDisabled: false, openNotices: 0 }
  async function stateOf(id: string) {
    const { rows } = await stage.app.database.pool.query(
      `SELECT disabled_at IS NOT NULL AS "isDisabled",
         (SELECT count(*)::int FROM notices WHERE channel_id = c.id AND resolved_at IS NULL) AS "openNotices"
       FROM channels c WHERE id = $1`,
      [uuidOf('Channel', id)],
    )
    return rows[0]
  }

  it.each<[string, object, object]>([
    ['another address', { webhook }, { webhook: { url: 'https://hooks.example/new' } }],
    ['another secret', { telegram: { token, chatId: '1' } }, { telegram: { token: `${token}y` } }],
    ['another place', { telegram: { token, chatId: '1' } }, { telegram: { chatId: '2' } }],
  ])('works again with %s, and its notice is over', async (_, input, change) => {
    const id = await createDisabled(input)
    const { data } = await stage.alice.ask(UPDATE, { input: { id, ...change } })
    expect(data.updateChannel.channel).toMatchObject({ disabledAt: null, disabledReason: null })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('stays so whatever else is changed, and after a trial that is accepted', async () => {
    const url = `${stage.receiver.url}/mended`
    const id = await createDisabled({ webhook: { url } })
    await stage.alice.ask(UPDATE, {
      input: { id, name: 'Mended', maxPerHour: 5, webhook: { url } },
    })
    const { data } = await stage.alice.ask(TEST, { id })
    expect(data.testChannel.delivery.outcome).toBe('ACCEPTED')
    expect(await stateOf(id)).toEqual(OFF)
    await stage.alice.ask(ENABLE, { id })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('works again with the mailbox of somebody else', async () => {
    const [dan, eli] = [await addContact(stage.alice, 'dan'), await addContact(stage.alice, 'eli')]
    const id = await createDisabled({ email: { contactId: dan } })
    await stage.alice.ask(UPDATE, { input: { id, email: { contactId: dan } } })
    expect(await stateOf(id)).toEqual(OFF)
    await stage.alice.ask(UPDATE, { input: { id, email: { contactId: eli } } })
    expect(await stateOf(id)).toEqual(ON)
  })

  it('works again once its contact has verified another address', async () => {
    const contactId = await addContact(stage.alice, 'fay')
    const mailbox = await createDisabled({ email: { contactId } })
    const other = await createDisabled({ webhook, contactId })
    const email = 'fay@elsewhere.example'
    await stage.alice.ask(
      'mutation ($input: UpdateContactInput!) { updateContact(input: $input) { contact { id } } }',
      { input: { id: contactId, email } },
    )
    const link = await tokenInTheMail(stage.app, 'VERIFY_CONTACT', email)
    expect(await stateOf(mailbox)).toEqual(OFF)
    await stage.app.ask(VERIFY, { token: link })
    expect([await stateOf(mailbox), await stateOf(other)]).toEqual([ON, OFF])
  })

  it('is none whose contact has followed a link while what was sent was under way', async () => {
    const contactId = await addContact(stage.alice, 'gil')
    const { channel } = await stage.create({ email: { contactId } })
    const come = await sendInVain(channel.id)
    await stage.app.ask(VERIFY, {
      token: await tokenInTheMail(stage.app, 'VERIFY_CONTACT', 'gil@people.example'),
    })
    await come()
    expect(await stateOf(channel.id)).toEqual(ON)
  })
})
