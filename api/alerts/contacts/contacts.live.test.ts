import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { gather, type Person, tokenInTheMail } from '../../../test/people.ts'
import { holdWorkspace } from '../../accounts/workspaces/store.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'

const DAY_MS = 24 * 3_600_000
const FIELDS = 'id name email verifiedAt timeZone quietHours { from to }'
const CREATE = `mutation ($input: CreateContactInput!) { createContact(input: $input) { contact { ${FIELDS} } } }`
const UPDATE = `mutation ($input: UpdateContactInput!) { updateContact(input: $input) { contact { ${FIELDS} } } }`
const DELETE = 'mutation ($id: ID!) { deleteContact(input: { id: $id }) { deletedContactId } }'
const RESEND =
  'mutation ($id: ID!) { resendContactVerification(input: { id: $id }) { contact { id } } }'
const VERIFY =
  'mutation ($token: String!) { verifyContact(input: { token: $token }) { isVerified } }'
const leadsNowhere = [{ path: ['token'], message: 'is unknown, used or expired' }]

let now = Date.parse('2026-11-20T12:00:00Z')
let app: TestServer
let alice: Person
let bob: Person
let charlie: Person

beforeAll(async () => {
  app = await openTestServer({
    deps: { clock: { now: () => now } },
    variables: { TRUST_PROXY: '1' },
  })
  ;({ alice, bob, charlie } = await gather(app))
})
afterAll(() => app[Symbol.asyncDispose]())

let asked = 0
/** From an address of its own each time, so that no limit by address is met. */
const askAs = (person: Person | null, query: string, variables: object) => {
  asked += 1
  return app.ask(query, variables, person?.token, { 'x-forwarded-for': `10.0.0.${asked}` })
}

async function create(name: string, more: object = {}) {
  const input = { name, email: `${name.toLowerCase()}@people.example`, ...more }
  const { data, errors } = await askAs(alice, CREATE, { input })
  expect(errors).toEqual([])
  return data.createContact.contact
}
const verify = (token: string) => askAs(null, VERIFY, { token })
const tokenFor = (email: string) => tokenInTheMail(app, 'VERIFY_CONTACT', email)

describe('a contact', () => {
  it('is verified by the link mailed to them, once', async () => {
    const ada = await create('Ada', { email: 'Ada@People.Example' })
    expect(ada).toMatchObject({
      email: 'ada@people.example',
      verifiedAt: null,
      timeZone: 'UTC',
      quietHours: null,
    })
    const token = await tokenFor('ada@people.example')
    const answers = await Promise.all([verify(token), verify(token), verify(token)])
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1)
    const refused = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions))
    expect(refused.map(({ issues }) => issues)).toEqual([leadsNowhere, leadsNowhere])
    const { data } = await bob.ask(`{ contacts(last: 1) { totalCount nodes { ${FIELDS} } } }`)
    expect(data.contacts.nodes).toMatchObject([{ name: 'Ada', verifiedAt: expect.any(String) }])
  })

  it('is to be verified anew at another address, and the old link leads nowhere', async () => {
    const eve = await create('Eve')
    const old = await tokenFor('eve@people.example')
    const input = { id: eve.id, email: 'eve@elsewhere.example' }
    await askAs(alice, UPDATE, { input })
    expect((await verify(old)).errors[0]?.extensions.issues).toEqual(leadsNowhere)
    await verify(await tokenFor('eve@elsewhere.example'))
    const kept = await askAs(alice, UPDATE, { input: { id: eve.id, name: 'Eva' } })
    expect(kept.data.updateContact.contact).toMatchObject({
      name: 'Eva',
      verifiedAt: expect.any(String),
    })
    const moved = await askAs(alice, UPDATE, { input: { id: eve.id, email: 'eve@third.example' } })
    expect(moved.data.updateContact.contact.verifiedAt).toBeNull()
  })

  it('is asked at most 5 times within a day', async () => {
    const { id } = await create('Lea')
    const answers = []
    for (let again = 0; again < 5; again += 1) answers.push(await askAs(alice, RESEND, { id }))
    expect(answers.map(({ errors }) => errors[0]?.extensions.code)).toEqual([
      ...Array<undefined>(4).fill(undefined),
      'RATE_LIMITED',
    ])
    now += DAY_MS
    expect((await askAs(alice, RESEND, { id })).errors).toEqual([])
    await verify(await tokenFor('lea@people.example'))
    expect((await askAs(alice, RESEND, { id })).errors[0]?.extensions.code).toBe('CONFLICT')
  })

  it('is asked no more often for being deleted, or for being another workspace’s', async () => {
    const input = { name: 'Zoe', email: 'zoe@people.example' }
    const recreate = async (person: Person) => {
      const { data, errors } = await askAs(person, CREATE, { input })
      if (data) await askAs(person, DELETE, { id: data.createContact.contact.id })
      return errors[0]?.extensions.code
    }
    const codes = []
    for (const person of [alice, charlie, alice, charlie]) codes.push(await recreate(person))
    const last = await Promise.all([recreate(alice), recreate(charlie)])
    expect(codes).toEqual(Array(4).fill(undefined))
    expect(last.toSorted()).toEqual(['RATE_LIMITED', undefined])
  })

  it('keeps its quiet hours until they are changed or cleared', async () => {
    const quietHours = { from: '22:00', to: '07:00' }
    const { id, ...max } = await create('Max', { timeZone: 'Europe/Paris', quietHours })
    expect(max).toMatchObject({ timeZone: 'Europe/Paris', quietHours })
    const change = async (input: object) =>
      (await askAs(alice, UPDATE, { input: { id, ...input } })).data.updateContact.contact
    expect(await change({ name: 'Maxi' })).toMatchObject({ name: 'Maxi', quietHours })
    expect(await change({ quietHours: null })).toMatchObject({ quietHours: null })
  })

  it.each([
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ timeZone: '+02:00' }, 'timeZone'],
    [{ quietHours: { from: '25:00', to: '07:00' } }, 'quietHours.from'],
    [{ quietHours: { from: '07:00', to: '07:00' } }, 'quietHours.to'],
    [{ name: ' ' }, 'name'],
    [{ email: 'ada@example.com\r\nBcc: eve@example.com' }, 'email'],
  ])('is refused with %j', async (more, path) => {
    const input = { name: 'Nobody', email: 'nobody@people.example', ...more }
    const { errors } = await askAs(alice, CREATE, { input })
    expect(errors[0]?.extensions.issues?.map((issue) => issue.path.join('.'))).toEqual([path])
  })

  it('has an address of its own in the workspace, and goes for good', async () => {
    const { id } = await create('Tom')
    const other = await create('Tim')
    const again = { name: 'Tom', email: 'TOM@people.example' }
    const taken = await askAs(alice, CREATE, { input: again })
    expect(taken.errors[0]?.extensions.code).toBe('CONFLICT')
    const moved = await askAs(alice, UPDATE, { input: { id: other.id, email: again.email } })
    expect(moved.errors[0]?.extensions.code).toBe('CONFLICT')
    const own = await tokenFor('tom@people.example')
    expect((await askAs(charlie, CREATE, { input: again })).errors).toEqual([])
    const token = await tokenFor('tom@people.example')
    const { data } = await askAs(alice, DELETE, { id })
    expect(data.deleteContact).toEqual({ deletedContactId: id })
    expect((await askAs(alice, DELETE, { id })).errors[0]?.extensions.code).toBe('NOT_FOUND')
    expect((await verify(own)).errors[0]?.extensions.issues).toEqual(leadsNowhere)
    // The link of Charlie's own contact of that name still works.
    expect((await verify(token)).errors).toEqual([])
  })

  it('is refused an address that another contact takes meanwhile', async () => {
    const [first, second] = [await create('First'), await create('Second')]
    const email = 'shared@people.example'
    const { answer } = await inTransaction(app.database, async (tx) => {
      await holdWorkspace(tx, alice.workspaceId)
      const id = uuidOf('Contact', first.id)
      await tx.query('UPDATE contacts SET email = $2 WHERE id = $1', [id, email])
      const change = { answer: askAs(alice, UPDATE, { input: { id: second.id, email } }) }
      await untilSomebodyWaits(app.database)
      return change
    })
    expect((await answer).errors[0]?.extensions.code).toBe('CONFLICT')
  })

  it('has a link that lasts 7 days', async () => {
    // Last of all: sessions end with it.
    await create('Kim')
    const token = await tokenFor('kim@people.example')
    now += 7 * DAY_MS
    expect((await verify(token)).errors[0]?.extensions.issues).toEqual(leadsNowhere)
  })
})
