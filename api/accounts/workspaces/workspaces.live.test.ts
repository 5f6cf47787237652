import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { emailOf, invite, join, PASSWORD, type Person, signUp } from '../../../test/people.ts'

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { user { id } } }'
const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) { user { memberships { role workspace { id } } } } }`
const ACCEPT = `mutation ($token: String!) {
  acceptInvitation(input: { token: $token }) { workspace { id } } }`
const CHANGE_ROLE = `mutation ($input: ChangeMemberRoleInput!) {
  changeMemberRole(input: $input) { membership { role } } }`
const REMOVE = 'mutation ($id: ID!) { removeMember(input: { userId: $id }) { removedUserId } }'
const SWITCH = `mutation ($id: ID!) {
  switchWorkspace(input: { workspaceId: $id }) { workspace { id } } }`
const WORKSPACE = '{ workspace { id name } }'

const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] }) =>
  errors[0]?.extensions.code ?? 'OK'

let app: TestServer
beforeAll(async () => {
  app = await openTestServer()
})
afterAll(() => app[Symbol.asyncDispose]())

describe('an invitation', () => {
  it('lets one in of five that bring it at once', async () => {
    const owner = await signUp(app, 'Olga')
    const invitation = await invite(app, owner, emailOf('Bob'), 'MEMBER')
    const input = { name: 'Bob', email: emailOf('Bob'), password: PASSWORD, invitation }
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => app.ask(SIGN_UP, { input })))
    expect(answers.map(codeOf).toSorted()).toEqual([...Array(4).fill('CONFLICT'), 'OK'])
    const { data } = await owner.ask('{ members { role user { name } } }')
    expect(data.members).toEqual([
      { role: 'OWNER', user: { name: 'Olga' } },
      { role: 'MEMBER', user: { name: 'Bob' } },
    ])
  })

  it('is for the invited address only', async () => {
    const owner = await signUp(app, 'Oscar')
    const invitation = await invite(app, owner, 'carol@example.com', 'ADMIN')
    const input = { name: 'Eve', email: 'eve@example.com', password: PASSWORD, invitation }
    expect(codeOf(await app.ask(SIGN_UP, { input }))).toBe('FORBIDDEN')
    const stranger = await signUp(app, 'Mallory')
    expect(codeOf(await stranger.ask(ACCEPT, { token: invitation }))).toBe('FORBIDDEN')
    // It was not used up by those.
    expect(
      (await app.ask(SIGN_UP, { input: { ...input, email: 'carol@example.com' } })).data,
    ).not.toBeNull()
  })

  it('takes who has an account along, session and all', async () => {
    const [owner, guest] = [await signUp(app, 'Otto'), await signUp(app, 'Gina')]
    const token = await invite(app, owner, guest.email, 'VIEWER')
    const { data } = await guest.ask(ACCEPT, { token })
    expect(data.acceptInvitation.workspace.id).toBe(owner.workspaceId)
    expect((await guest.ask(WORKSPACE)).data.workspace.id).toBe(owner.workspaceId)
    expect(codeOf(await guest.ask(ACCEPT, { token }))).toBe('BAD_USER_INPUT')
  })

  it('can be accepted by signing in, also by who belongs nowhere', async () => {
    const owner = await signUp(app, 'Olaf')
    const guest = await join(app, owner, 'Gus', 'MEMBER')
    await owner.ask(REMOVE, { id: guest.userId })
    const input = { email: guest.email, password: PASSWORD }
    expect(codeOf(await app.ask(SIGN_IN, { input }))).toBe('FORBIDDEN')
    const invitation = await invite(app, owner, guest.email, 'VIEWER')
    const { data } = await app.ask(SIGN_IN, { input: { ...input, invitation } })
    expect(data.signIn.user.memberships).toEqual([
      { role: 'VIEWER', workspace: { id: owner.workspaceId } },
    ])
  })

  it('leads nowhere once a newer one replaced it or it was withdrawn', async () => {
    const owner = await signUp(app, 'Omar')
    const email = emailOf('Nina')
    const first = await invite(app, owner, email, 'OWNER')
    const second = await invite(app, owner, email, 'VIEWER')
    const input = { name: 'Nina', email, password: PASSWORD }
    expect(codeOf(await app.ask(SIGN_UP, { input: { ...input, invitation: first } }))).toBe(
      'BAD_USER_INPUT',
    )
    const { data } = await owner.ask('{ invitations { nodes { id role } } }')
    expect(data.invitations.nodes).toMatchObject([{ role: 'VIEWER' }])
    await owner.ask(
      'mutation ($id: ID!) { withdrawInvitation(input: { id: $id }) { withdrawnId } }',
      {
        id: data.invitations.nodes[0].id,
      },
    )
    expect(codeOf(await app.ask(SIGN_UP, { input: { ...input, invitation: second } }))).toBe(
      'BAD_USER_INPUT',
    )
  })

  it('is not for members, and not above the asker', async () => {
    await using fresh = await openTestServer()
    const owner = await signUp(fresh, 'Owen')
    const admin = await join(fresh, owner, 'Alan', 'ADMIN')
    await expect(invite(fresh, admin, admin.email, 'VIEWER')).rejects.toThrow('CONFLICT')
    await expect(invite(fresh, admin, 'x@example.com', 'OWNER')).rejects.toThrow('FORBIDDEN')
    await expect(invite(fresh, admin, 'x@example.com', 'ADMIN')).resolves.toBeDefined()
    const viewer = await join(fresh, owner, 'Vera', 'VIEWER')
    await expect(invite(fresh, viewer, 'y@example.com', 'VIEWER')).rejects.toThrow('FORBIDDEN')
  })
})

describe('members', () => {
  let small: TestServer
  let owner: Person
  let admin: Person
  let viewer: Person
  beforeAll(async () => {
    small = await openTestServer()
    owner = await signUp(small, 'Oona')
    admin = await join(small, owner, 'Abel', 'ADMIN')
    viewer = await join(small, owner, 'Vito', 'VIEWER')
  })
  afterAll(() => small[Symbol.asyncDispose]())

  const change = (asker: Person, { userId }: Person, role: string) =>
    asker.ask(CHANGE_ROLE, { input: { userId, role } })

  it('are changed by admins, owners by owners, and the last owner by nobody', async () => {
    expect(codeOf(await change(viewer, viewer, 'ADMIN'))).toBe('FORBIDDEN')
    expect(codeOf(await change(admin, viewer, 'MEMBER'))).toBe('OK')
    expect(codeOf(await change(admin, viewer, 'OWNER'))).toBe('FORBIDDEN')
    expect(codeOf(await change(admin, owner, 'VIEWER'))).toBe('FORBIDDEN')
    expect(codeOf(await change(owner, owner, 'VIEWER'))).toBe('FORBIDDEN')
    expect(codeOf(await owner.ask(REMOVE, { id: owner.userId }))).toBe('FORBIDDEN')
  })

  it('feel a change of role at their next request', async () => {
    const invitations = '{ invitations { totalCount } }'
    expect(codeOf(await admin.ask(invitations))).toBe('OK')
    await change(owner, admin, 'MEMBER')
    expect(codeOf(await admin.ask(invitations))).toBe('FORBIDDEN')
    await change(owner, admin, 'ADMIN')
  })

  it('who are removed are signed out there', async () => {
    const guest = await join(small, owner, 'Gerd', 'MEMBER')
    await owner.ask(REMOVE, { id: guest.userId })
    expect((await guest.ask(WORKSPACE)).status).toBe(401)
    expect(codeOf(await owner.ask(REMOVE, { id: guest.userId }))).toBe('NOT_FOUND')
  })

  it('keep an owner when two owners unseat each other at once', async () => {
    const other = await join(small, owner, 'Otis', 'OWNER')
    const answers = await Promise.all([
      change(owner, other, 'VIEWER'),
      change(other, owner, 'VIEWER'),
    ])
    expect(answers.map(codeOf).toSorted()).toEqual(['FORBIDDEN', 'OK'])
    const { rows } = await small.database.pool.query(
      `SELECT count(*)::int AS owners FROM memberships WHERE role = 'OWNER'`,
    )
    expect(rows).toEqual([{ owners: 1 }])
  })
})

describe('switching', () => {
  it('goes to workspaces of your own, and finds no other', async () => {
    const [owner, guest] = [await signUp(app, 'Odin'), await signUp(app, 'Gabi')]
    expect(codeOf(await guest.ask(SWITCH, { id: owner.workspaceId }))).toBe('NOT_FOUND')
    await guest.ask(ACCEPT, { token: await invite(app, owner, guest.email, 'VIEWER') })
    await guest.ask(SWITCH, { id: guest.workspaceId })
    expect((await guest.ask(WORKSPACE)).data.workspace.name).toBe("Gabi's workspace")
    await guest.ask(SWITCH, { id: owner.workspaceId })
    expect((await guest.ask(WORKSPACE)).data.workspace.name).toBe("Odin's workspace")
    const { data } = await guest.ask('{ viewer { memberships { role workspace { name } } } }')
    expect(data.viewer.memberships).toEqual([
      { role: 'OWNER', workspace: { name: "Gabi's workspace" } },
      { role: 'VIEWER', workspace: { name: "Odin's workspace" } },
    ])
  })

  it('shows others only what they share with you', async () => {
    const [owner, guest] = [await signUp(app, 'Orla'), await signUp(app, 'Gwen')]
    await guest.ask(ACCEPT, { token: await invite(app, owner, guest.email, 'VIEWER') })
    const { data } = await owner.ask('{ members { user { memberships { workspace { name } } } } }')
    const shown = JSON.stringify(data.members[1])
    expect(shown).toContain("Orla's workspace")
    expect(shown).not.toContain("Gwen's workspace")
  })
})
