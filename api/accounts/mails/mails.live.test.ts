import PostalMime from 'postal-mime'
import { describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { signIn, signUp, tokenInTheMail } from '../../../test/people.ts'
import { startSmtpSink } from '../../../test/smtp-sink.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'
import { accountLanes } from './jobs.ts'

const HOUR_MS = 3_600_000
const NEW = 'another lighthouse at night'
const ASK_RESET =
  'mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { email } }'
const RESET = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { isReset } }'
const ASK_VERIFY = `mutation ($email: String!) {
  requestEmailVerification(input: { email: $email }) { viewer { emailVerifiedAt } } }`
const VERIFY = 'mutation ($token: String!) { verifyEmail(input: { token: $token }) { isVerified } }'
const issues = [{ path: ['token'], message: 'is unknown, used or expired' }]

const mails = async (app: TestServer) =>
  (await app.database.pool.query('SELECT * FROM account_mails ORDER BY id')).rows

describe('a reset', () => {
  const reset = (app: TestServer, token: string, newPassword = NEW) =>
    app.ask(RESET, { input: { token, newPassword } })

  it('answers alike for known and unknown addresses, and mails only the known', async () => {
    await using app = await openTestServer()
    await signUp(app, 'Ada')
    const known = await app.ask(ASK_RESET, { email: 'Ada@Example.com' })
    const unknown = await app.ask(ASK_RESET, { email: 'Eve@Example.com' })
    expect(known.data).toEqual({ requestPasswordReset: { email: 'Ada@Example.com' } })
    expect(unknown.data).toEqual({ requestPasswordReset: { email: 'Eve@Example.com' } })
    expect(await mails(app)).toMatchObject([
      { kind: 'RESET_PASSWORD', recipient: 'ada@example.com', status: 'PENDING' },
    ])
  })

  it('works for one of five that bring the token at once, ends all sessions, verifies the address', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    await app.ask(ASK_RESET, { email: ada.email })
    const token = await tokenInTheMail(app, 'RESET_PASSWORD', ada.email)
    const passwords = [1, 2, 3, 4, 5].map((number) => `${NEW} ${number}`)
    const answers = await Promise.all(passwords.map((password) => reset(app, token, password)))
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1)
    expect(
      answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.issues)),
    ).toEqual(Array(4).fill(issues))
    expect((await ada.ask('{ viewer { id } }')).status).toBe(401)
    const winner = passwords[answers.findIndex(({ data }) => data !== null)]
    const again = await signIn(app, 'Ada', winner)
    const { data } = await again.ask('{ viewer { emailVerifiedAt } }')
    expect(data.viewer.emailVerifiedAt).not.toBeNull()
  })

  it('spends the other links in the post', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    await app.ask(ASK_RESET, { email: ada.email })
    const first = await tokenInTheMail(app, 'RESET_PASSWORD', ada.email)
    await app.ask(ASK_RESET, { email: ada.email })
    await reset(app, await tokenInTheMail(app, 'RESET_PASSWORD', ada.email))
    expect((await reset(app, first)).errors[0]?.extensions.issues).toEqual(issues)
  })

  it('works by one of two links that come at once, and neither holds what the other waits for', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    const tokens: string[] = []
    for (let link = 0; link < 2; link += 1) {
      await app.ask(ASK_RESET, { email: ada.email })
      tokens.push(await tokenInTheMail(app, 'RESET_PASSWORD', ada.email))
    }
    const userId = uuidOf('User', ada.userId)
    const { answers } = await inTransaction(app.database, async (tx) => {
      await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId])
      const brought = { answers: Promise.all(tokens.map((token) => reset(app, token))) }
      await untilSomebodyWaits(app.database, 2)
      await tx.query('SELECT FROM account_mails WHERE user_id = $1 FOR UPDATE NOWAIT', [userId])
      return brought
    })
    const refusals = (await answers).flatMap(({ errors }) => errors)
    expect(refusals.map(({ extensions }) => extensions.issues)).toEqual([issues])
  })

  it.each([
    ['in its last millisecond', HOUR_MS - 1, true],
    ['after an hour', HOUR_MS, false],
  ])('%s: works? %s', async (_when, waitMs, works) => {
    let now = Date.parse('2026-11-20T12:00:00Z')
    await using app = await openTestServer({ deps: { clock: { now: () => now } } })
    const ada = await signUp(app, 'Ada')
    await app.ask(ASK_RESET, { email: ada.email })
    now += waitMs
    const { data } = await reset(app, await tokenInTheMail(app, 'RESET_PASSWORD', ada.email))
    expect(data !== null).toBe(works)
  })

  it('refuses a forged token before it hashes, and one that was made for something else', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    await ada.ask(ASK_VERIFY, { email: ada.email })
    const { hashing } = await import('../users/password.ts')
    const before = hashing.passed
    const otherwise = await tokenInTheMail(app, 'VERIFY_EMAIL', ada.email)
    for (const token of ['', 'nonsense', `${otherwise}x`, otherwise]) {
      expect((await reset(app, token)).errors[0]?.extensions.issues).toEqual(issues)
    }
    expect(hashing.passed).toBe(before)
  })

  it('is asked for ten times a minute by one address, not more', async () => {
    await using app = await openTestServer()
    for (let times = 0; times < 10; times += 1)
      await app.ask(ASK_RESET, { email: 'eve@example.com' })
    const { status } = await app.ask(ASK_RESET, { email: 'eve@example.com' })
    expect(status).toBe(429)
  })
})

describe('a verification', () => {
  it('works once, with the newest link, and for the own address only', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    const asked = await ada.ask(ASK_VERIFY, { email: 'eve@example.com' })
    expect(asked.errors[0]?.extensions.issues).toEqual([
      { path: ['email'], message: 'must be the address of your account' },
    ])
    await ada.ask(ASK_VERIFY, { email: ada.email })
    const old = await tokenInTheMail(app, 'VERIFY_EMAIL', ada.email)
    await ada.ask(ASK_VERIFY, { email: ada.email })
    const token = await tokenInTheMail(app, 'VERIFY_EMAIL', ada.email)
    expect((await app.ask(VERIFY, { token: old })).errors[0]?.extensions.issues).toEqual(issues)
    const answers = await Promise.all([1, 2, 3].map(() => app.ask(VERIFY, { token })))
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1)
  })
})

it('no token, and nothing that would make one, is in the database', async () => {
  await using app = await openTestServer()
  const ada = await signUp(app, 'Ada')
  await app.ask(ASK_RESET, { email: ada.email })
  const [, signature = ''] = (await tokenInTheMail(app, 'RESET_PASSWORD', ada.email)).split('.')
  expect(signature).toMatch(/^[\w-]{43}$/)
  expect(JSON.stringify(await mails(app))).not.toContain(signature)
})

describe('the lane of the outbox', () => {
  const [lane] = accountLanes
  const never = new AbortController().signal

  it('sends the very token that works', async () => {
    const sink = await startSmtpSink()
    await using app = await openTestServer({ variables: { SMTP_URL: sink.url } })
    const ada = await signUp(app, 'Ada')
    await app.ask(ASK_RESET, { email: ada.email })
    const [row] = await mails(app)
    const sent = await lane?.send(app.deps, row.id, never)
    expect(sent?.delivery).toEqual({ outcome: 'ACCEPTED' })
    const [arrival] = sink.mails
    const { subject, to, text } = await PostalMime.parse(arrival?.raw ?? '')
    expect([subject, to?.[0]?.address]).toEqual(['A new password', ada.email])
    const token = /Token: +(\S+)/.exec(text ?? '')?.[1] ?? ''
    const { data } = await app.ask(RESET, { input: { token, newPassword: NEW } })
    expect(data).toEqual({ resetPassword: { isReset: true } })
    await sink.close()
  })

  it('sends no link that has expired meanwhile', async () => {
    let now = Date.parse('2026-11-20T12:00:00Z')
    await using app = await openTestServer({ deps: { clock: { now: () => now } } })
    const ada = await signUp(app, 'Ada')
    await app.ask(ASK_RESET, { email: ada.email })
    now += HOUR_MS
    const [row] = await mails(app)
    const sent = await lane?.send(app.deps, row.id, never)
    expect(sent?.delivery).toEqual({ outcome: 'PERMANENT', why: 'it has expired' })
  })
})
