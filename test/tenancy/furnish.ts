import { randomBytes, randomUUIDv7 } from 'node:crypto'
import { sealSecrets } from '../../api/alerts/channels/channel.ts'
import { firstSecrets } from '../../api/alerts/channels/kinds/webhook.ts'
import { encodeId, uuidOf } from '../../api/graphql/ids.ts'
import { newSecret, secretPlace } from '../../api/probes/keys/key.ts'
import type { TestServer } from '../graphql-server.ts'
import { at, insertChecks } from '../past.ts'
import { createApiKey, type Person } from '../people.ts'
import { turn } from '../telling.ts'

/** An id of each type of node, all of one workspace and new. */
export type Furniture = Record<string, string>

/** Furnishes by an API key, since some operations end the sessions of the owner. */
export async function createFurnisher(
  app: TestServer,
  owner: Person,
): Promise<() => Promise<Furniture>> {
  const key = await createApiKey(owner, ['MONITORS_READ', 'MONITORS_WRITE'])
  return () => furnish(app, owner, key)
}

/** A monitor that is down with all that hangs on it, a silent probe, an invitation, an API key and a member. */
async function furnish(app: TestServer, owner: Person, key: string): Promise<Furniture> {
  const { pool } = app.database
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  const monitorId = await makeDownMonitor(app, owner, key)
  await insertChecks(app.database, workspaceId, monitorId, at('08:00:00'), [['DOWN', null]])
  await pool.query('INSERT INTO heartbeats (monitor_id, workspace_id) VALUES ($1, $2)', [
    monitorId,
    workspaceId,
  ])
  const one = async (sql: string, values: unknown[]): Promise<string> =>
    (await pool.query<{ id: string }>(sql, values)).rows[0]!.id
  const email = `${owner.name.toLowerCase()}-${randomBytes(4).toString('hex')}@example.com`
  await leaveRoom(app, workspaceId)
  const guest = await one(
    `WITH guest AS (INSERT INTO users (email, name, password_hash) VALUES ($1, $2, 'none') RETURNING id)
     INSERT INTO memberships (workspace_id, user_id, role) SELECT $3, id, 'MEMBER' FROM guest
     RETURNING user_id AS id`,
    [email, owner.name, workspaceId],
  )
  const invitation = await one(
    `INSERT INTO invitations (workspace_id, email, role, expires_at)
     VALUES ($1, $2, 'VIEWER', now() + interval '1 day') RETURNING id`,
    [workspaceId, `invited-${email}`],
  )
  const apiKey = await one(
    `INSERT INTO api_keys (workspace_id, name, public_id, secret_hash)
     VALUES ($1, $2, $3, '') RETURNING id`,
    [workspaceId, owner.name, randomUUIDv7()],
  )
  const probe = await makeProbe(app, owner)
  const notice = await one(
    `INSERT INTO notices (workspace_id, kind, probe_id, region, text, started_at)
     VALUES ($1, 'PROBE_SILENT', $2, 'berlin', $3, now()) RETURNING id`,
    [workspaceId, probe, owner.name],
  )
  const contact = await one(
    `INSERT INTO contacts (workspace_id, name, email) VALUES ($1, $2, $3) RETURNING id`,
    [workspaceId, owner.name, `contact-${email}`],
  )
  const channel = await makeChannel(app, owner)
  const escalationPolicy = await makePolicy(app, owner, channel)
  const maintenance = await makeWindow(app, owner, monitorId)
  const incident = await one('SELECT id FROM incidents WHERE monitor_id = $1', [monitorId])
  await pool.query(
    `UPDATE evidence SET due_at = NULL, taken_at = now(), http_status = 500, body = $2, problem = $2,
       headers = jsonb_build_array(jsonb_build_object('name', 'X-Owner', 'value', $2::text))
     WHERE incident_id = $1`,
    [incident, owner.name],
  )
  const alert = await one(
    `UPDATE alerts SET status = 'SENT', sent_at = now() WHERE monitor_id = $1 RETURNING id`,
    [monitorId],
  )
  return {
    Monitor: encodeId('Monitor', monitorId),
    Incident: encodeId('Incident', incident),
    Alert: encodeId('Alert', alert),
    Check: encodeId('Check', `${monitorId}/${at('08:00:00')}/1/local`),
    Invitation: encodeId('Invitation', invitation),
    ApiKey: encodeId('ApiKey', apiKey),
    Probe: encodeId('Probe', probe),
    Notice: encodeId('Notice', notice),
    Contact: encodeId('Contact', contact),
    Channel: encodeId('Channel', channel),
    EscalationPolicy: encodeId('EscalationPolicy', escalationPolicy),
    MaintenanceWindow: encodeId('MaintenanceWindow', maintenance),
    User: encodeId('User', guest),
    Workspace: owner.workspaceId,
  }
}

/** Ids that look like those, and are of nothing. */
export function absent(): Furniture {
  const id = randomUUIDv7()
  const plain = [
    'Monitor',
    'Incident',
    'Alert',
    'Invitation',
    'ApiKey',
    'Probe',
    'Notice',
    'Contact',
    'Channel',
    'EscalationPolicy',
    'MaintenanceWindow',
    'User',
    'Workspace',
  ]
  return {
    ...Object.fromEntries(plain.map((type) => [type, encodeId(type, id)])),
    Check: encodeId('Check', `${id}/${at('08:00:00')}/1/local`),
  }
}

const CREATE =
  'mutation ($input: CreateMonitorInput!) { createMonitor(input: $input) { monitor { id } } }'

async function makeDownMonitor(app: TestServer, owner: Person, key: string): Promise<string> {
  const target = `http://127.0.0.1:9/${owner.name}`
  const input = { name: owner.name, kind: 'HTTP', target, alertEmail: owner.email }
  const { data, errors } = await app.ask(CREATE, { input }, key)
  if (!data) throw new Error(`No monitor: ${JSON.stringify(errors)}`)
  const monitorId = uuidOf('Monitor', data.createMonitor.monitor.id)
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  await turn(app.database, { monitorId, workspaceId, from: 'UP', to: 'DOWN', at: Date.now() })
  return monitorId
}

/** A workspace has only so many in use: of those made before, the first one alone stays in use. */
async function makeProbe(app: TestServer, owner: Person): Promise<string> {
  const probe = { id: randomUUIDv7(), workspaceId: uuidOf('Workspace', owner.workspaceId) }
  const secret = app.deps.keyring.seal(newSecret(), secretPlace(probe, 'secret'))
  await app.database.pool.query(
    `UPDATE probes SET revoked_at = now() WHERE workspace_id = $1 AND revoked_at IS NULL
       AND id > (SELECT id FROM probes WHERE workspace_id = $1 ORDER BY id LIMIT 1)`,
    [probe.workspaceId],
  )
  await app.database.pool.query(
    `INSERT INTO probes (id, workspace_id, name, kind, region, secret, capabilities)
     VALUES ($1, $2, $3, 'AGENT', $4, $5, '{}')`,
    [probe.id, probe.workspaceId, owner.name, probe.id.slice(-12), secret],
  )
  return probe.id
}

/** A workspace has only so many seats: of the guests and invitations made before, the first alone stays. */
async function leaveRoom(app: TestServer, workspaceId: string): Promise<void> {
  const { database } = app
  await database.pool.query(
    `DELETE FROM invitations WHERE workspace_id = $1 AND email LIKE 'invited-%'
       AND id > (SELECT id FROM invitations
         WHERE workspace_id = $1 AND email LIKE 'invited-%' ORDER BY id LIMIT 1)`,
    [workspaceId],
  )
  await leaveNewest(app, workspaceId, 'contacts', `email LIKE 'contact-%'`)
  await leaveNewest(app, workspaceId, 'api_keys', `secret_hash = ''`)
  await database.pool.query(
    `WITH guests AS (
       SELECT u.id FROM users u JOIN memberships m ON m.user_id = u.id
       WHERE m.workspace_id = $1 AND u.password_hash = 'none'
     )
     DELETE FROM memberships WHERE workspace_id = $1
       AND user_id IN (SELECT id FROM guests WHERE id > (SELECT id FROM guests ORDER BY id LIMIT 1))`,
    [workspaceId],
  )
}

/** Of those made before the first alone stays. */
async function makePolicy(app: TestServer, owner: Person, channel: string): Promise<string> {
  const { pool } = app.database
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  await pool.query(
    `DELETE FROM escalation_policies WHERE workspace_id = $1 AND id >
       (SELECT id FROM escalation_policies WHERE workspace_id = $1 ORDER BY id LIMIT 1)`,
    [workspaceId],
  )
  const steps = JSON.stringify([{ afterMinutes: 5, channelIds: [channel] }])
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO escalation_policies (workspace_id, name, steps) VALUES ($1, $2, $3) RETURNING id`,
    [workspaceId, owner.name, steps],
  )
  return rows[0]!.id
}

/** The first is the owner's own, and the last ones may be of a call that is under way. */
async function leaveNewest(
  { database }: TestServer,
  workspaceId: string,
  table: 'contacts' | 'api_keys' | 'maintenance_windows',
  isMade: string,
): Promise<void> {
  const made = `SELECT id FROM ${table} WHERE workspace_id = $1 AND ${isMade}`
  await database.pool.query(
    `DELETE FROM ${table} WHERE id IN (${made} ORDER BY id DESC OFFSET 20)
       AND id > (${made} ORDER BY id LIMIT 1)`,
    [workspaceId],
  )
}

/** A webhook to where nobody listens. A workspace has only so many channels: those made before are gone but for one. */
async function makeChannel(app: TestServer, owner: Person): Promise<string> {
  const channel = { id: randomUUIDv7(), workspaceId: uuidOf('Workspace', owner.workspaceId) }
  const secrets = sealSecrets(channel, firstSecrets(newSecret()), app.deps.keyring)
  await app.database.pool.query(
    `DELETE FROM channels WHERE workspace_id = $1
       AND id > (SELECT id FROM channels WHERE workspace_id = $1 ORDER BY id LIMIT 1)`,
    [channel.workspaceId],
  )
  await app.database.pool.query(
    `INSERT INTO channels (id, workspace_id, kind, name, label, settings, secrets)
     VALUES ($1, $2, 'WEBHOOK', $3, $3, '{"url":"http://127.0.0.1:9/"}', $4)`,
    [channel.id, channel.workspaceId, owner.name, secrets],
  )
  return channel.id
}

/** Of the past, so that no status changes for it. */
async function makeWindow(app: TestServer, owner: Person, monitorId: string): Promise<string> {
  const { pool } = app.database
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  await leaveNewest(app, workspaceId, 'maintenance_windows', 'NOT is_for_all')
  const { rows } = await pool.query<{ id: string }>(
    `WITH w AS (
       INSERT INTO maintenance_windows (workspace_id, name, time_zone, starts_at, duration_minutes, is_for_all)
       VALUES ($1, $2, 'UTC', '2026-01-01T00:00', 60, false) RETURNING id
     ), m AS (
       INSERT INTO maintained_monitors (window_id, monitor_id) SELECT id, $3 FROM w
     )
     INSERT INTO maintenance_spans (window_id, workspace_id, starts_at, ends_at)
     SELECT id, $1, '2026-01-01T00:00Z', '2026-01-01T01:00Z' FROM w
     RETURNING window_id AS id`,
    [workspaceId, owner.name, monitorId],
  )
  return rows[0]!.id
}

/** All that a workspace holds, without what reading changes. */
export async function contentsOf({ database }: TestServer, owner: Person): Promise<string> {
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `SELECT DISTINCT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'workspace_id' AND table_name <> 'sessions'
     ORDER BY 1`,
  )
  const contents = await Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await database.pool.query(
        `SELECT coalesce(string_agg((to_jsonb(t) - 'last_used_at')::text, E'\n' ORDER BY to_jsonb(t)::text), '') AS rows
         FROM ${name} t WHERE workspace_id = $1`,
        [workspaceId],
      )
      return `${name}\n${rows[0].rows}`
    }),
  )
  return contents.join('\n\n')
}
