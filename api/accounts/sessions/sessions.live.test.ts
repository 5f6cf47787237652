import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { emailOf, PASSWORD, type Person, signIn, signUp } from '../../../test/people.ts'
import { hashing } from '../users/password.ts'

const DAY_MS = 86_400_000
const VIEWER = '{ viewer { name } }'
const SIGN_IN = 'mutation ($input: SignInInput!) { signIn(input: $input) { token } }'
const CHANGE = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { token } }'

let app: TestServer
let now = Date.parse('2026-11-20T12:00:00Z')
beforeAll(async () => {
  app = await openTestServer({ deps: { clock: { now: () => now } } })
})
afterAll(() => app[Symbol.asyncDispose]())

const isIn = async (person: Person) => (await person.ask(VIEWER)).status === 200

describe('a session', () => {
  it('is stored as a digest: nothing in the database would let anybody in', async () => {
    const person = await signUp(app, 'Digest')
    const { rows } = await app.database.pool.query(
      `SELECT to_jsonb(s)::text || to_jsonb(u)::text AS stored
       FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1`,
      [person.email],
    )
    const token = Buffer.from(person.token, 'base64url').toString('hex')
    for (const secret of [person.token, token, PASSWORD])
      expect(rows[0].stored).not.toContain(secret)
    expect(rows[0].stored).toContain('$argon2id$v=19$m=19456,t=2,p=1$')
  })

  it('is known by its header or its cookie; a cookie that has ended is nobody, a header is 401', async () => {
    const person = await signUp(app, 'Cookie')
    const byCookie = (token: string) =>
      fetch(`${app.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: `__Host-pharos=${token}` },
        body: JSON.stringify({ query: VIEWER }),
      })
    expect(await (await byCookie(person.token)).json()).toEqual({
      data: { viewer: { name: 'Cookie' } },
    })
    const unknown = 'A'.repeat(43)
    expect(await (await byCookie(unknown)).json()).toEqual({ data: { viewer: null } })
    const { status, errors } = await app.ask(VIEWER, {}, unknown)
    expect([status, errors[0]?.extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
  })

  it('sets a cookie that scripts cannot read, and takes it away', async () => {
    const input = { name: 'Baker', email: 'baker@example.com', password: PASSWORD }
    const { headers, data } = await app.ask(
      'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }',
      { input },
    )
    expect(headers.get('set-cookie')).toBe(
      `__Host-pharos=${data.signUp.token}; Path=/; Max-Age=2592000; HttpOnly; Secure; SameSite=Lax`,
    )
    const out = await app.ask(
      'mutation { signOut(input: {}) { viewer { id } } }',
      {},
      data.signUp.token,
    )
    expect(out.headers.get('set-cookie')).toMatch(/^__Host-pharos=; Path=\/; Max-Age=0;/)
    expect((await app.ask(VIEWER, {}, data.signUp.token)).status).toBe(401)
  })

  it('ends after 7 days without use, and after 30 days of use', async () => {
    const idle = await signUp(app, 'Idle')
    const busy = await signIn(app, 'Idle')
    for (let day = 0; day < 29; day += 6) {
      now += 6 * DAY_MS
      expect(await isIn(busy)).toBe(day + 6 < 30)
    }
    expect(await isIn(idle)).toBe(false)
  })

  it('writes its last use once a minute', async () => {
    const person = await signUp(app, 'Minute')
    const lastUsed = async () => {
      const { rows } = await app.database.pool.query<{ at: Date }>(
        'SELECT last_used_at AS at FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.email = $1',
        [person.email],
      )
      return rows[0]?.at.getTime()
    }
    const start = now
    now += 59_999
    await person.ask(VIEWER)
    expect(await lastUsed()).toBe(start)
    now += 1
    await person.ask(VIEWER)
    expect(await lastUsed()).toBe(start + 60_000)
  })

  it('ends with its like when its owner signs out everywhere', async () => {
    const [here, there] = [await signUp(app, 'Wanderer'), await signIn(app, 'Wanderer')]
    await here.ask('mutation { signOut(input: { everywhere: true }) { viewer { id } } }')
    expect([await isIn(here), await isIn(there)]).toEqual([false, false])
  })

  it('ends with every other when the password changes; the caller gets a new one', async () => {
    const [here, there] = [await signUp(app, 'Changer'), await signIn(app, 'Changer')]
    const input = { currentPassword: PASSWORD, newPassword: 'another lighthouse at night' }
    const { data } = await here.ask(CHANGE, { input })
    expect([await isIn(here), await isIn(there)]).toEqual([false, false])
    expect((await app.ask(VIEWER, {}, data.changePassword.token)).data.viewer.name).toBe('Changer')
    await expect(signIn(app, 'Changer')).rejects.toThrow('UNAUTHENTICATED')
    await expect(signIn(app, 'Changer', input.newPassword)).resolves.toBeDefined()
  })

  it('needs the password as it is to change it', async () => {
    const person = await signUp(app, 'Careful')
    const input = {
      currentPassword: 'not the password',
      newPassword: 'another lighthouse at night',
    }
    const { errors } = await person.ask(CHANGE, { input })
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED')
    expect(await isIn(person)).toBe(true)
  })

  it('begun with the old password while it changes does not outlive the change', async () => {
    const person = await signUp(app, 'Racer')
    const input = { currentPassword: PASSWORD, newPassword: 'another lighthouse at night' }
    const [changed, ...signIns] = await Promise.all([
      person.ask(CHANGE, { input }),
      ...Array.from({ length: 3 }, () => signIn(app, 'Racer').catch(() => null)),
    ])
    expect(changed.errors).toEqual([])
    for (const session of signIns) expect(session && (await isIn(session))).toBeFalsy()
  })

  it('falls silent while its workspace is suspended', async () => {
    const person = await signUp(app, 'Debtor')
    await app.database.pool.query(
      `UPDATE workspaces SET suspended_at = now() WHERE name = 'Debtor''s workspace'`,
    )
    const { errors } = await person.ask(VIEWER)
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

describe('a wrong sign-in', () => {
  const attempt = (email: string, password = 'not the password') =>
    app.ask(SIGN_IN, { input: { email, password } })

  it('is refused alike, after the same work, with or without an account', async () => {
    await using fresh = await openTestServer()
    await signUp(fresh, 'Known')
    const refusals = []
    for (const name of ['Known', 'Unknown', 'not an address']) {
      const before = hashing.passed
      const input = { email: emailOf(name), password: 'not the password' }
      const { status, data, errors } = await fresh.ask(SIGN_IN, { input })
      const { message, extensions } = errors[0]!
      refusals.push({
        status,
        data,
        message,
        code: extensions.code,
        hashes: hashing.passed - before,
      })
    }
    expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1)
    expect(refusals[0]).toMatchObject({ status: 401, code: 'UNAUTHENTICATED', hashes: 1 })
  })

  it('locks the account for a while after five, also for the right password', async () => {
    await using fresh = await openTestServer()
    await signUp(fresh, 'Target')
    const input = { email: emailOf('Target'), password: 'not the password' }
    for (let tries = 0; tries < 5; tries += 1) await fresh.ask(SIGN_IN, { input })
    const { status, headers, errors } = await fresh.ask(SIGN_IN, {
      input: { ...input, password: PASSWORD },
    })
    expect([status, errors[0]?.extensions.code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(14 * 60)
  })

  it('is refused by address after ten in a minute, whoever is asked for', async () => {
    const answers = []
    await using fresh = await openTestServer()
    for (let tries = 0; tries < 11; tries += 1) {
      const input = { email: `nobody${tries}@example.com`, password: 'not the password' }
      answers.push(await fresh.ask(SIGN_IN, { input }))
    }
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(401), 429])
    expect(Number(answers[10]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('with a password beyond all measure costs no more', async () => {
    const { errors } = await attempt('nobody@example.com', 'x'.repeat(200_000))
    expect(errors[0]?.extensions.code).toBe('UNAUTHENTICATED')
  })
})

it('a password hashed under weaker parameters is hashed again at sign-in', async () => {
  await using fresh = await openTestServer()
  await signUp(fresh, 'Veteran')
  const weak =
    '$argon2id$v=19$m=9728,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$mZ9Mcl9r59ces37VMuvY7s1951wVHKNdGhii/8OrhpY'
  await fresh.database.pool.query('UPDATE users SET password_hash = $1', [weak])
  await signIn(fresh, 'Veteran')
  const { rows } = await fresh.database.pool.query('SELECT password_hash AS hash FROM users')
  expect(rows[0].hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  await signIn(fresh, 'Veteran')
})
