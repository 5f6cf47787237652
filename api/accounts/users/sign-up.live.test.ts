import { describe, expect, it } from 'vitest'
import { openTestServer } from '../../../test/graphql-server.ts'
import { join, PASSWORD, signUp } from '../../../test/people.ts'

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { token } }'
const inputOf = (email: string) => ({ input: { name: 'Ada', email, password: PASSWORD } })

describe('SIGN_UP=first', () => {
  it('lets one of twenty in that come at once, with one workspace', async () => {
    await using app = await openTestServer({ variables: { SIGN_UP: 'first' } })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => app.ask(SIGN_UP, inputOf(`a${index}@example.com`))),
    )
    expect(answers.filter(({ data }) => data !== null)).toHaveLength(1)
    const refused = answers.flatMap(({ errors }) => errors.map(({ extensions }) => extensions.code))
    expect(refused).toEqual(Array(19).fill('FORBIDDEN'))
    const { rows } = await app.database.pool.query(
      `SELECT (SELECT count(*)::int FROM users) AS users, (SELECT count(*)::int FROM workspaces) AS workspaces,
         (SELECT count(*)::int FROM installation) AS installations,
         (SELECT array_agg(role::text) FROM memberships) AS roles`,
    )
    expect(rows).toEqual([{ users: 1, workspaces: 1, installations: 1, roles: ['OWNER'] }])
  })

  it('lets others in by invitation only', async () => {
    await using app = await openTestServer({ variables: { SIGN_UP: 'first' } })
    const ada = await signUp(app, 'Ada')
    const { errors } = await app.ask(SIGN_UP, inputOf('eve@example.com'))
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
    const bob = await join(app, ada, 'Bob', 'MEMBER')
    expect(bob.workspaceId).toBe(ada.workspaceId)
  })

  it('hashes nothing for who will be refused anyway', async () => {
    await using app = await openTestServer({ variables: { SIGN_UP: 'first' } })
    await signUp(app, 'Ada')
    const { hashing } = await import('./password.ts')
    const before = hashing.passed
    const { input } = inputOf('eve@example.com')
    await app.ask(SIGN_UP, { input })
    await app.ask(SIGN_UP, { input: { ...input, invitation: 'forged' } })
    expect(hashing.passed).toBe(before)
  })

  it('tells who forges an invitation nothing of which addresses have an account', async () => {
    await using app = await openTestServer({ variables: { SIGN_UP: 'first' } })
    const ada = await signUp(app, 'Ada')
    for (const email of [ada.email, 'nobody@example.com']) {
      const input = { ...inputOf(email).input, invitation: 'forged' }
      const { errors } = await app.ask(SIGN_UP, { input })
      expect(errors.map(({ extensions }) => extensions.issues)).toEqual([
        [{ path: ['invitation'], message: 'is unknown, used or expired' }],
      ])
    }
  })
})

it('SIGN_UP=invite lets nobody in alone, not even the first', async () => {
  await using app = await openTestServer({ variables: { SIGN_UP: 'invite' } })
  const { errors } = await app.ask(SIGN_UP, inputOf('ada@example.com'))
  expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
})

describe('SIGN_UP=open', () => {
  it('gives an address to one of five that ask for it at once, in any spelling', async () => {
    await using app = await openTestServer()
    const spellings = [
      'ada@example.com',
      'Ada@example.com',
      'ADA@EXAMPLE.COM',
      ' ada@example.com',
      'adA@Example.com',
    ]
    const answers = await Promise.all(spellings.map((email) => app.ask(SIGN_UP, inputOf(email))))
    const outcomes = answers.map(({ errors }) => errors[0]?.extensions.code ?? 'in')
    expect(outcomes.toSorted()).toEqual([...Array(4).fill('CONFLICT'), 'in'])
  })

  it('gives everybody a workspace of their own, where they are the owner', async () => {
    await using app = await openTestServer()
    const ada = await signUp(app, 'Ada')
    const { data } = await ada.ask(
      '{ viewer { memberships { role workspace { name } } } workspace { id } }',
    )
    expect(data.viewer.memberships).toEqual([
      { role: 'OWNER', workspace: { name: "Ada's workspace" } },
    ])
    const eve = await signUp(app, 'Eve')
    expect(eve.workspaceId).not.toBe(ada.workspaceId)
  })

  it('takes no role, owner or id from the input', async () => {
    await using app = await openTestServer()
    for (const extra of [
      { role: 'OWNER' },
      { id: 'x' },
      { workspaceId: 'x' },
      { emailVerifiedAt: 'x' },
    ]) {
      const { errors } = await app.ask(SIGN_UP, {
        input: { ...inputOf('ada@example.com').input, ...extra },
      })
      expect(errors[0]?.extensions.code).toBe('BAD_USER_INPUT')
    }
  })
})
