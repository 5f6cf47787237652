import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { ofMonitor } from '../../api/changes/change.ts'
import { announce } from '../../api/changes/deeds.ts'
import { uuidOf } from '../../api/graphql/ids.ts'
import { inTransaction } from '../../api/platform/database.ts'
import type { Answer, TestServer } from '../graphql-server.ts'
import type { Person } from '../people.ts'

type Asked = {
  query: string
  variables: object
  token: string | null
  headers: Record<string, string>
}

/** The first thing that a subscription says. `stir` is called once it stands, to give it something to tell. */
export async function firstEvent(
  { url }: TestServer,
  { query, variables, token, headers }: Asked,
  stir: () => Promise<void>,
): Promise<Answer> {
  const asking = request(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
  }).end(JSON.stringify({ query, variables }))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  await stir()
  const { data = null, errors = [] } = await readEvent(response)
  asking.destroy()
  return { status: response.statusCode ?? 0, headers: new Headers(), data, errors }
}

async function readEvent(response: IncomingMessage): Promise<Partial<Answer>> {
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) {
    text += chunk
    const [, result] = /^data: ({.*})$/m.exec(text) ?? []
    if (result) return JSON.parse(result) as Partial<Answer>
  }
  throw new Error(`No event: ${text}`)
}

/** Something is new of the owner's monitor with this id and of all that hangs on it; of another, if there is none. */
export async function stirWorkspace(
  { database }: TestServer,
  owner: Person,
  id: string | null,
): Promise<void> {
  const workspaceId = uuidOf('Workspace', owner.workspaceId)
  const { rows } = await database.pool.query<{
    monitorId: string
    incidentId: string
    alertId: string
  }>(
    `SELECT m.id AS "monitorId", i.id AS "incidentId", a.id AS "alertId"
     FROM monitors m JOIN incidents i ON i.monitor_id = m.id JOIN alerts a ON a.incident_id = i.id
     WHERE m.workspace_id = $1 ORDER BY m.id = $2 DESC NULLS LAST LIMIT 1`,
    [workspaceId, monitorIn(id)],
  )
  const { monitorId, incidentId, alertId } = rows[0]!
  const monitor = ofMonitor({ id: monitorId, workspaceId }, 'UPDATED', true)
  await database.pool.query(
    `UPDATE region_votes SET last_slot_at = now(), last_attempt = 0, last_checked_at = now(),
       last_outcome = 'DOWN' WHERE monitor_id = $1`,
    [monitorId],
  )
  database.bus.publish('checks', [monitorId])
  await inTransaction(database, async (tx) => {
    announce(tx, [
      monitor,
      { ...monitor, kind: 'INCIDENT', nodeId: incidentId, hasNewStatus: false },
      { ...monitor, kind: 'ALERT', nodeId: alertId, hasNewStatus: false },
    ])
  })
}

function monitorIn(id: string | null): string | null {
  if (id === null) return null
  try {
    return uuidOf('Monitor', id)
  } catch {
    return null
  }
}
