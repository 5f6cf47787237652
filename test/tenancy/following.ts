import { ofAlert, ofIncident, ofMonitor } from '../../api/changes/change.ts'
import { announce } from '../../api/changes/deeds.ts'
import { decodeIdOrNowhere, uuidOf } from '../../api/graphql/ids.ts'
import { inTransaction } from '../../api/platform/database.ts'
import { follow } from '../followers.ts'
import type { Answer, TestServer } from '../graphql-server.ts'
import type { Person } from '../people.ts'

type Asked = { query: string; variables: object; token: string | null }

/** The first thing that a subscription says. `stir` is called once it stands, to give it something to tell. */
export async function firstEvent(
  app: TestServer,
  asked: Asked,
  stir: () => Promise<void>,
): Promise<Answer> {
  using follower = await follow('sse', app, asked)
  await stir()
  return { status: 200, headers: new Headers(), ...(await follower.hear()) }
}

/** Something is new of the owner's monitor with this id and of all that hangs on it; of another, if there is none. */
export async function stirWorkspace(
  { database }: TestServer,
  owner: Person,
  id: string | null,
): Promise<void> {
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  const { rows } = await database.pool.query<Hanging>(
    `SELECT m.id AS "monitorId", i.id AS "incidentId", a.id AS "alertId"
     FROM monitors m JOIN incidents i ON i.monitor_id = m.id JOIN alerts a ON a.incident_id = i.id
     WHERE m.workspace_id = $1 ORDER BY m.id::text = $2 DESC LIMIT 1`,
    [workspaceId, decodeIdOrNowhere(id ?? '').id],
  )
  const hanging = { ...rows[0]!, workspaceId }
  const { monitorId } = hanging
  await database.pool.query(
    `UPDATE region_votes SET last_slot_at = now(), last_attempt = 0, last_checked_at = now(),
       last_outcome = 'DOWN' WHERE monitor_id = $1`,
    [monitorId],
  )
  await inTransaction(database, async (tx) => {
    announce(tx, [
      ofMonitor({ id: monitorId, workspaceId }, 'UPDATED', true),
      ofIncident(hanging, 'UPDATED'),
      ofAlert(hanging, 'UPDATED'),
    ])
    tx.onceCommitted(({ bus }) => bus.publish('checks', [monitorId]))
  })
}

type Hanging = { monitorId: string; incidentId: string; alertId: string }
