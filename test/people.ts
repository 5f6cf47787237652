import type { LinkMailKind } from '../api/accounts/mails/mail.ts'
import { mailTokenOf } from '../api/accounts/mails/token.ts'
import { uuidOf } from '../api/graphql/ids.ts'
import type { Role } from '../generated/prisma/enums.ts'
import type { Answer, TestServer } from './graphql-server.ts'

export const PASSWORD = 'a lighthouse at night'

export type Person = {
  name: string
  email: string
  token: string
  userId: string
  workspaceId: string
  /** One operation with this person's session. */
  ask(query: string, variables?: object): Promise<Answer>
}

const SIGNED_IN = 'token user { id email name memberships { workspace { id } } }'
const SIGN_UP = `mutation ($input: SignUpInput!) { signUp(input: $input) { ${SIGNED_IN} } }`
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ${SIGNED_IN} } }`

/** Makes an account over HTTP; with an invitation, in the workspace invited to. */
export async function signUp(app: TestServer, name: string, invitation?: string): Promise<Person> {
  const input = { name, email: emailOf(name), password: PASSWORD, invitation }
  const { data, errors } = await app.ask(SIGN_UP, { input })
  if (!data) throw new Error(`No account: ${JSON.stringify(errors)}`)
  return personOf(app, data.signUp)
}

export async function signIn(app: TestServer, name: string, password = PASSWORD): Promise<Person> {
  const { data, errors } = await app.ask(SIGN_IN, { input: { email: emailOf(name), password } })
  if (!data) throw new Error(`Not signed in: ${JSON.stringify(errors)}`)
  return personOf(app, data.signIn)
}

/** Alice owns a workspace, Bob views it, Charlie is a stranger. Their ids are those of the database. */
export async function gather(
  server: TestServer,
): Promise<Record<'alice' | 'bob' | 'charlie', Person>> {
  const alice = await signUp(server, 'alice')
  const bob = await join(server, alice, 'bob', 'VIEWER')
  const charlie = await signUp(server, 'charlie')
  return { alice: byKey(alice), bob: byKey(bob), charlie: byKey(charlie) }
}

/** Signs up by an invitation of the owner's. */
export async function join(
  app: TestServer,
  owner: Person,
  name: string,
  role: Role,
): Promise<Person> {
  const invitation = await invite(app, owner, emailOf(name), role)
  return signUp(app, name, invitation)
}

/** The token out of the mail. */
export async function invite(
  app: TestServer,
  owner: Person,
  email: string,
  role: Role,
): Promise<string> {
  const { errors } = await owner.ask(
    `mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { invitation { id } } }`,
    { input: { email, role } },
  )
  if (errors.length > 0) throw new Error(`Not invited: ${JSON.stringify(errors)}`)
  return tokenInTheMail(app, 'INVITATION', email)
}

/** What the newest mail of this kind to this address would carry. */
export async function tokenInTheMail(
  app: TestServer,
  kind: LinkMailKind,
  recipient: string,
): Promise<string> {
  const { rows } = await app.database.pool.query<{ id: string }>(
    'SELECT id FROM account_mails WHERE kind = $1 AND recipient = $2 ORDER BY id DESC LIMIT 1',
    [kind, recipient],
  )
  if (!rows[0]) throw new Error(`No ${kind} mail to ${recipient}`)
  return mailTokenOf(app.deps.keyring, kind, rows[0].id)
}

export async function createApiKey(person: Person, scopes: string[]): Promise<string> {
  const { data, errors } = await person.ask(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { token } }',
    { input: { name: scopes.join('+').slice(0, 100), scopes } },
  )
  if (!data) throw new Error(`No API key: ${JSON.stringify(errors)}`)
  return data.createApiKey.token
}

export function emailOf(name: string): string {
  return `${name.toLowerCase()}@example.com`
}

type SignedIn = {
  token: string
  user: { id: string; name: string; email: string; memberships: { workspace: { id: string } }[] }
}

function personOf(app: TestServer, { token, user }: SignedIn): Person {
  return {
    name: user.name,
    email: user.email,
    token,
    userId: user.id,
    workspaceId: user.memberships[0]?.workspace.id ?? '',
    ask: (query, variables) => app.ask(query, variables, token),
  }
}

function byKey(person: Person): Person {
  return {
    ...person,
    userId: uuidOf('User', person.userId),
    workspaceId: uuidOf('Workspace', person.workspaceId),
  }
}
