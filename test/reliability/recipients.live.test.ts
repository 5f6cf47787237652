import { expect, test } from 'vitest'
import { accountLanes } from '../../api/accounts/mails/jobs.ts'
import { deleteChannel } from '../../api/alerts/channels/editing/deeds.ts'
import { deleteContact } from '../../api/alerts/contacts/deeds.ts'
import { alertLanes } from '../../api/alerts/jobs.ts'
import type { Deps } from '../../api/deps.ts'
import { startDispatcher } from '../../api/outbox/jobs.ts'
import { addChannel, addContact } from '../channels.ts'
import { openTestDatabase } from '../database.ts'
import { testDeps } from '../deps.ts'
import { eventually } from '../eventually.ts'
import { watch, type Watched } from '../monitors.ts'
import { type Received, startReceiver } from '../receivers/receiver.ts'
import { full } from '../size.ts'
import { startSmtpSink } from '../smtp-sink.ts'
import { turn } from '../telling.ts'

const mailboxes = ['absent', 'works', 'refuses'] as const
const contacts = ['absent', 'unverified', 'works', 'refuses', 'deleted'] as const
const webhooks = ['absent', 'works', 'refuses', 'gone', 'disabled', 'deleted'] as const

/** Who might be told of one monitor. `deleted` is after the alert was decided, and before it was sent. */
type Mix = {
  alertEmail: (typeof mailboxes)[number]
  owner: (typeof mailboxes)[number]
  contact: (typeof contacts)[number]
  webhook: (typeof webhooks)[number]
}

const mixes: Mix[] = mailboxes.flatMap((alertEmail) =>
  mailboxes.flatMap((owner) =>
    contacts.flatMap((contact) =>
      webhooks.map((webhook) => ({ alertEmail, owner, contact, webhook })),
    ),
  ),
)

/** Coprime to the sizes of all lists: a part of the mixes has every state of each. */
const STEP = 7

test('whoever is missing, unverified, disabled or deleted: somebody is told, or it is said that nobody was', async () => {
  const cast = full ? mixes : mixes.filter((_, index) => index % STEP === 0)
  await using database = await openTestDatabase()
  await using receiver = await startReceiver(answer)
  const sink = await startSmtpSink()
  sink.answer = (recipient) =>
    recipient?.startsWith('refuses') ? { refuse: 550, at: 'recipient' } : 'accept'
  const deps = testDeps(database, { SMTP_URL: sink.url, OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8' })
  const workspaces = await Promise.all(cast.map((mix) => furnish(deps, receiver.url, mix)))

  const at = Date.now() - 60_000
  await turn(
    database,
    ...workspaces.map(({ monitor }) => ({
      ...monitor,
      from: 'UP' as const,
      to: 'DOWN' as const,
      at,
    })),
  )
  for (const workspace of workspaces) await workspace.deleteSome()
  const dispatcher = startDispatcher(deps, [...alertLanes, ...accountLanes])
  await eventually('nothing is pending', async () => {
    const { rows } = await database.pool.query(
      `SELECT FROM alerts WHERE status = 'PENDING' UNION ALL SELECT FROM account_mails WHERE status = 'PENDING'`,
    )
    return rows.length === 0
  })
  await dispatcher.stop()
  await sink.close()

  const arrivals = new Set([
    ...sink.mails.filter(({ raw }) => /^subject: DOWN/im.test(String(raw))).map(workspaceOfMail),
    ...receiver.received.filter(isTaken).map(({ path }) => path.split('/')[2]),
  ])
  const { rows } = await database.pool.query<{ workspaceId: string; isNoted: boolean }>(
    `SELECT i.workspace_id AS "workspaceId", bool_or(e.text LIKE 'Nobody was notified (DOWN)%') AS "isNoted"
     FROM incidents i JOIN incident_entries e ON e.incident_id = i.id GROUP BY 1`,
  )
  const noted = new Map(rows.map(({ workspaceId, isNoted }) => [workspaceId, isNoted]))
  const outcomes = workspaces.map(({ workspaceId, mix }) => ({
    mix,
    isTold: arrivals.has(workspaceId),
    isNoted: noted.get(workspaceId),
  }))
  expect(outcomes).toEqual(
    cast.map((mix) => ({ mix, isTold: canBeTold(mix), isNoted: !canBeTold(mix) })),
  )
  const told = outcomes.filter(({ isTold }) => isTold).length
  console.info(`R24: of ${cast.length} mixes ${told} were told, and ${cast.length - told} say so`)
}, 120_000)

function canBeTold({ alertEmail, owner, contact, webhook }: Mix): boolean {
  return [alertEmail, owner, contact, webhook].includes('works')
}

function answer({ path }: Received) {
  const status = { refuses: 400, gone: 410 }[path.split('/')[1] ?? ''] ?? 204
  return { status }
}

function isTaken(request: Received): boolean {
  return answer(request).status === 204
}

/** The name of its workspace is the host of every mailbox. */
function workspaceOfMail({ recipient }: { recipient: string }): string {
  return recipient.split('@')[1]!.replace('.example', '')
}

async function furnish(deps: Deps, url: string, mix: Mix) {
  const { workspaceId, monitors } = await watch(deps.database, {})
  const mailbox = (state: string, name: string) => `${state}-${name}@${workspaceId}.example`
  await furnishMailboxes(deps, workspaceId, mix, mailbox)
  const contact =
    mix.contact === 'absent' ? null : await furnishContact(deps, workspaceId, mix, mailbox)
  const webhook =
    mix.webhook === 'absent' ? null : await furnishWebhook(deps, workspaceId, mix, url)
  const principal = { workspaceId } as Parameters<typeof deleteChannel>[1]
  return {
    mix,
    workspaceId,
    monitor: monitors[0] as Watched,
    async deleteSome() {
      if (contact && mix.contact === 'deleted') await deleteContact(deps, principal, contact)
      if (webhook && mix.webhook === 'deleted') await deleteChannel(deps, principal, webhook)
    },
  }
}

type Mailbox = (state: string, name: string) => string

async function furnishMailboxes(
  { database: { pool } }: Deps,
  workspaceId: string,
  { alertEmail, owner }: Mix,
  mailbox: Mailbox,
): Promise<void> {
  if (alertEmail !== 'absent') {
    const address = mailbox(alertEmail, 'alerts')
    await pool.query('UPDATE monitors SET alert_email = $2 WHERE workspace_id = $1', [
      workspaceId,
      address,
    ])
  }
  if (owner === 'absent') return
  await pool.query(
    `WITH u AS (INSERT INTO users (email, name, password_hash) VALUES ($2, 'Owner', 'none') RETURNING id)
     INSERT INTO memberships (workspace_id, user_id, role) SELECT $1, id, 'OWNER' FROM u`,
    [workspaceId, mailbox(owner, 'owner')],
  )
}

async function furnishContact(
  deps: Deps,
  workspaceId: string,
  { contact }: Mix,
  mailbox: Mailbox,
): Promise<string> {
  const email = mailbox(contact, 'contact')
  const isVerified = contact !== 'unverified'
  const contactId = await addContact(deps, workspaceId, { email, isVerified })
  await addChannel(deps, workspaceId, { email: { contactId } })
  return contactId
}

async function furnishWebhook(
  deps: Deps,
  workspaceId: string,
  { webhook }: Mix,
  url: string,
): Promise<string> {
  const { id } = await addChannel(deps, workspaceId, {
    webhook: { url: `${url}/${webhook}/${workspaceId}` },
  })
  if (webhook === 'disabled') {
    await deps.database.pool.query('UPDATE channels SET disabled_at = now() WHERE id = $1', [id])
  }
  return id
}
