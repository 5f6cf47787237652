import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../../../test/graphql-server.ts'
import { untilSomebodyWaits } from '../../../test/locks.ts'
import { createApiKey, join, type Person, signUp } from '../../../test/people.ts'
import { uuidOf } from '../../graphql/ids.ts'
import { inTransaction } from '../../platform/database.ts'

const MEMBERS = '{ members { role } }'
const CREATE =
  'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { token apiKey { id } } }'
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(input: { id: $id }) { apiKey { revokedAt } } }'

let app: TestServer
let owner: Person
let now = Date.parse('2026-11-20T12:00:00Z')
beforeAll(async () => {
  app = await openTestServer({ deps: { clock: { now: () => now } } })
  owner = await signUp(app, 'Owner')
})
afterAll(() => app[Symbol.asyncDispose]())

const code = async (token: string, query = MEMBERS) =>
  (await app.ask(query, {}, token)).errors[0]?.extensions.code ?? 'OK'

describe('an API key', () => {
  it('is shown once, and kept as a digest', async () => {
    const token = await createApiKey(owner, ['WORKSPACE_READ'])
    const { rows } = await app.database.pool.query(
      `SELECT string_agg(to_jsonb(k)::text, '') AS stored FROM api_keys k`,
    )
    const [, publicId = '', secret = ''] = /^pharos_([0-9a-f]{16})_(.{43})$/.exec(token) ?? []
    expect(rows[0].stored).toContain(publicId)
    expect(rows[0].stored).not.toContain(secret)
    const { data } = await owner.ask(
      '{ apiKeys(first: 1) { nodes { publicId scopes createdBy { name } } } }',
    )
    expect(data.apiKeys.nodes).toEqual([
      { publicId, scopes: ['WORKSPACE_READ'], createdBy: { name: 'Owner' } },
    ])
  })

  it('may do what its scopes say, and nothing else', async () => {
    expect(await code(await createApiKey(owner, ['WORKSPACE_READ']))).toBe('OK')
    expect(await code(await createApiKey(owner, ['MONITORS_READ', 'MONITORS_WRITE']))).toBe(
      'FORBIDDEN',
    )
  })

  it('manages neither keys nor people nor passwords, whatever its scopes', async () => {
    const token = await createApiKey(owner, ['WORKSPACE_READ', 'WORKSPACE_ADMIN'])
    const forbidden = [
      'mutation { createApiKey(input: { name: "x", scopes: [MONITORS_READ] }) { token } }',
      'mutation { inviteMember(input: { email: "eve@example.com", role: OWNER }) { invitation { id } } }',
      `mutation { changeMemberRole(input: { userId: "${owner.userId}", role: VIEWER }) { membership { role } } }`,
      `mutation { removeMember(input: { userId: "${owner.userId}" }) { removedUserId } }`,
      'mutation { changePassword(input: { currentPassword: "x", newPassword: "x" }) { token } }',
      `mutation { switchWorkspace(input: { workspaceId: "${owner.workspaceId}" }) { workspace { id } } }`,
      'mutation { signOut(input: { everywhere: true }) { viewer { id } } }',
    ]
    for (const mutation of forbidden) expect(await code(token, mutation)).toBe('FORBIDDEN')
    expect(await code(token, '{ apiKeys { totalCount } }')).toBe('OK')
  })

  it('is 401 from the moment it is revoked, also twice', async () => {
    const { data } = await owner.ask(CREATE, { input: { name: 'CI', scopes: ['WORKSPACE_READ'] } })
    const { token, apiKey } = data.createApiKey
    expect(await code(token)).toBe('OK')
    const revokedAt = new Date(now).toISOString()
    expect((await owner.ask(REVOKE, apiKey)).data.revokeApiKey.apiKey).toEqual({ revokedAt })
    expect((await app.ask(MEMBERS, {}, token)).status).toBe(401)
    now += 1_000
    expect((await owner.ask(REVOKE, apiKey)).data.revokeApiKey.apiKey).toEqual({ revokedAt })
  })

  it('is 401 from its end on', async () => {
    const expiresAt = new Date(now + 1_000).toISOString()
    const input = { name: 'Short', scopes: ['WORKSPACE_READ'], expiresAt }
    const { token } = (await owner.ask(CREATE, { input })).data.createApiKey
    now += 999
    expect(await code(token)).toBe('OK')
    now += 1
    expect((await app.ask(MEMBERS, {}, token)).status).toBe(401)
    const { errors } = await owner.ask(CREATE, { input })
    expect(errors[0]?.extensions.issues).toEqual([
      { path: ['expiresAt'], message: 'must be in the future' },
    ])
  })

  it('with one letter changed is 401', async () => {
    const token = await createApiKey(owner, ['WORKSPACE_READ'])
    const last = token.at(-5) === 'A' ? 'B' : 'A'
    const forged = `${token.slice(0, -5)}${last}${token.slice(-4)}`
    const stranger = token.replace(/_[0-9a-f]{16}_/, '_0000000000000000_')
    for (const wrong of [forged, stranger, `${token}A`, token.toUpperCase()]) {
      expect((await app.ask(MEMBERS, {}, wrong)).status).toBe(401)
    }
  })

  it('tells when it was last used, to the minute', async () => {
    const { data } = await owner.ask(CREATE, {
      input: { name: 'Used', scopes: ['WORKSPACE_READ'] },
    })
    const lastUsed = async () => {
      const { data: key } = await owner.ask(
        'query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }',
        {
          id: data.createApiKey.apiKey.id,
        },
      )
      return key.node.lastUsedAt
    }
    expect(await lastUsed()).toBeNull()
    const usedAt = new Date(now).toISOString()
    await code(data.createApiKey.token)
    now += 59_999
    await code(data.createApiKey.token)
    expect(await lastUsed()).toBe(usedAt)
  })

  it('never does more than its maker may: demoted, it shrinks; removed, it ends', async () => {
    const admin = await join(app, owner, 'Admin', 'ADMIN')
    const token = await createApiKey(admin, ['WORKSPACE_READ', 'WORKSPACE_ADMIN'])
    expect(await code(token, '{ apiKeys { totalCount } }')).toBe('OK')
    await owner.ask(
      `mutation { changeMemberRole(input: { userId: "${admin.userId}", role: VIEWER }) { membership { role } } }`,
    )
    expect(await code(token, '{ apiKeys { totalCount } }')).toBe('FORBIDDEN')
    expect(await code(token)).toBe('OK')
    await owner.ask(
      `mutation { removeMember(input: { userId: "${admin.userId}" }) { removedUserId } }`,
    )
    expect((await app.ask(MEMBERS, {}, token)).status).toBe(401)
  })

  it('is made by admins only', async () => {
    const member = await join(app, owner, 'Member', 'MEMBER')
    const { errors } = await member.ask(CREATE, { input: { name: 'x', scopes: ['MONITORS_READ'] } })
    expect(errors[0]?.extensions.code).toBe('FORBIDDEN')
  })
})

it('the last of 200 API keys is made by one of two who ask at once', async () => {
  const [userId, workspaceId] = [
    uuidOf('User', owner.userId),
    uuidOf('Workspace', owner.workspaceId),
  ]
  await app.database.pool.query(
    `INSERT INTO api_keys (workspace_id, created_by_id, name, public_id, secret_hash, scopes)
     SELECT $1, $2, 'Many', lpad(n::text, 16, '0'), '', '{}'
     FROM generate_series(1, 199 - (SELECT count(*)::int FROM api_keys
       WHERE workspace_id = $1 AND revoked_at IS NULL)) AS n`,
    [workspaceId, userId],
  )
  const input = { name: 'Last', scopes: ['WORKSPACE_READ'] }
  const { answers } = await inTransaction(app.database, async (tx) => {
    // A key is inserted once its maker is to be read.
    await tx.query('SELECT FROM users WHERE id = $1 FOR UPDATE', [userId])
    const asked = { answers: Promise.all([1, 2].map(() => owner.ask(CREATE, { input }))) }
    await untilSomebodyWaits(app.database, 2)
    return asked
  })
  const refusals = (await answers).flatMap(({ errors }) => errors)
  expect(refusals.map(({ extensions }) => extensions.code)).toEqual(['LIMIT_REACHED'])
})
