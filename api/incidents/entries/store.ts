import { randomUUIDv7 } from 'node:crypto'
import type { Transaction } from '../../platform/database.ts'
import type { IncidentEntry } from './entry.ts'

/** What is of the same instant stands in the timeline as it does here: in the order of the ids. */
export async function insertEntries(tx: Transaction, entries: IncidentEntry[]): Promise<void> {
  if (entries.length === 0) return
  await tx.query({
    name: 'insert-incident-entries',
    text: `
      INSERT INTO incident_entries (id, workspace_id, incident_id, kind, at, user_id, text)
      SELECT id, workspace_id, incident_id, kind, to_timestamp(at / 1000.0), user_id, text
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::incident_entry_kind[], $5::float8[],
                  $6::uuid[], $7::text[])
        AS e (id, workspace_id, incident_id, kind, at, user_id, text)`,
    values: [
      entries.map(() => randomUUIDv7()).toSorted(),
      entries.map((entry) => entry.workspaceId),
      entries.map((entry) => entry.incidentId),
      entries.map((entry) => entry.kind),
      entries.map((entry) => entry.at),
      entries.map((entry) => entry.userId),
      entries.map((entry) => entry.text),
    ],
  })
}
