import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { invite, type Person, signUp } from '../../../test/people.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'

const ACCEPT = `mutation ($token: String!) {
  acceptInvitation(input: { token: $token }) { workspace { id } } }`

let app: TestServer
let owner: Person

beforeAll(async () => {
  app = await openTestServer()
  owner = await signUp(app, 'Olga')
})
afterAll(() => app[Symbol.asyncDispose]())

async function inviteGuest(name: string): Promise<{ guest: Person; token: string }> {
  const guest = await signUp(app, name)
  return { guest, token: await invite(app, owner, guest.email, 'VIEWER') }
}

describe('who accepts an invitation', () => {
  it('while it is withdrawn waits, holds nothing, and comes too late', async () => {
    const { guest, token } = await inviteGuest('Gil')
    const { answer } = await inTransaction(app.database, async (tx) => {
      const ofGuest = [guest.email]
      await tx.query('SELECT FROM invitations WHERE email = $1 FOR UPDATE', ofGuest)
      const accepted = { answer: guest.ask(ACCEPT, { token }) }
      await untilSomebodyWaits(app.database)
      // An invitation takes its mails along.
      await tx.query('SELECT FROM account_mails WHERE recipient = $1 FOR UPDATE NOWAIT', ofGuest)
      await tx.query('DELETE FROM invitations WHERE email = $1', ofGuest)
      return accepted
    })
    expect((await answer).errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
  })

  it('while another is made is a member, and the other is not made', async () => {
    const { guest, token } = await inviteGuest('Glen')
    const { accepted, invited } = await inTransaction(app.database, async (tx) => {
      // Whoever joins comes to wait for this with the invitation used up.
      await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [uuidOf('User', guest.userId)])
      const joining = guest.ask(ACCEPT, { token })
      await untilSomebodyWaits(app.database)
      const inviting = invite(app, owner, guest.email, 'VIEWER').catch(String)
      await untilSomebodyWaits(app.database, 2)
      return { accepted: joining, invited: inviting }
    })
    expect((await accepted).errors).toEqual([])
    expect(await invited).toContain('CONFLICT')
  })
})
