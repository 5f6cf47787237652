import { expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { gather, signUp, tokenInTheMail } from '../../../test/people.ts'
import { confirmationUrl } from './confirmation.ts'

const CREATE = `mutation ($email: String!) {
  createContact(input: { name: "Bob", email: $email }) { contact { id } } }`
const ASK = `mutation ($email: String!) {
  requestEmailVerification(input: { email: $email }) { viewer { id } } }`

async function visit(address: string, method = 'GET') {
  const response = await fetch(address, { method })
  return { status: response.status, html: await response.text(), headers: response.headers }
}

type Press = () => ReturnType<typeof visit>

const verifiedContacts = async (app: TestServer) =>
  (await app.database.pool.query('SELECT FROM contacts WHERE verified_at IS NOT NULL')).rowCount

it('asks a contact without an account, and takes a yes', async () => {
  await using app = await openTestServer()
  const { alice } = await gather(app)
  const email = 'bob@example.org'
  await alice.ask(CREATE, { email })
  const token = await tokenInTheMail(app, 'VERIFY_CONTACT', email)
  const address = confirmationUrl(app.url, 'VERIFY_CONTACT', token)
  for (let looks = 0; looks < 2; looks += 1) {
    const { status, html, headers } = await visit(address)
    expect(status).toBe(200)
    expect(html).toContain('<form method="post"><button>Yes, tell me</button></form>')
    expect(headers.get('content-security-policy')).toContain("form-action 'self'")
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('cache-control')).toBe('no-store')
  }
  expect(await verifiedContacts(app)).toBe(0)
  expect((await visit(address, 'POST')).html).toContain('You will be told when something is down.')
  expect(await verifiedContacts(app)).toBe(1)
})

it.each([
  ['twice', async (press: Press) => [await press(), await press()]],
  ['at once', (press: Press) => Promise.all([press(), press()])],
])('thanks whoever presses %s, as long as the address is theirs', async (_, twice) => {
  await using app = await openTestServer()
  const { alice } = await gather(app)
  const email = 'bob@example.org'
  await alice.ask(CREATE, { email })
  const token = await tokenInTheMail(app, 'VERIFY_CONTACT', email)
  const press = () => visit(confirmationUrl(app.url, 'VERIFY_CONTACT', token), 'POST')
  const pages = await twice(press)
  expect(pages.map(({ status }) => status)).toEqual([200, 200])
  expect(pages[1]?.html).toContain('You will be told when something is down.')
  await app.database.pool.query(`UPDATE contacts SET email = 'x@example.org', verified_at = NULL`)
  expect(await press()).toMatchObject({
    status: 400,
    html: expect.stringContaining('This link leads nowhere any more.'),
  })
})

it('asks somebody with an account, and takes no token for anything else', async () => {
  await using app = await openTestServer()
  const ada = await signUp(app, 'Ada')
  await ada.ask(ASK, { email: ada.email })
  const token = await tokenInTheMail(app, 'VERIFY_EMAIL', ada.email)
  const other = await visit(confirmationUrl(app.url, 'VERIFY_CONTACT', token), 'POST')
  expect(other.status).toBe(400)
  const { status, html } = await visit(confirmationUrl(app.url, 'VERIFY_EMAIL', token), 'POST')
  expect([status, html.includes('The address is yours now.')]).toEqual([200, true])
  expect((await visit(confirmationUrl(app.url, 'VERIFY_EMAIL', token), 'POST')).status).toBe(200)
  expect((await visit(`${app.url}/confirm/nothing/${token}`)).status).toBe(404)
})

it('is tried ten times a minute by one address, whichever way, and says when again', async () => {
  await using app = await openTestServer()
  const pressed = () => visit(`${app.url}/confirm/contact/x`, 'POST')
  const pages = await Promise.all(Array.from({ length: 9 }, pressed))
  expect(pages.map(({ status }) => status)).toEqual(Array(9).fill(400))
  await app.ask(`mutation { verifyEmail(input: { token: "x" }) { isVerified } }`)
  const { status, headers } = await pressed()
  expect(status).toBe(429)
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
})
