import type { Sql } from '../../api/platform/database.ts'
import { epochMs } from '../../api/platform/sql.ts'

/** What was said to have happened: the statuses of each monitor, in order, and who is to be told, channels too. */
export type Script = { recipient: string; channels?: string[]; statuses: ('UP' | 'DOWN')[] }

/** One mail, or one post, as the receiver got it. */
export type Arrived = { messageId: string; recipient: string }

/** What the oracle found: `faults` is empty if all that was promised was kept. */
export type Findings = {
  faults: string[]
  transitions: number
  alerts: number
  /** Messages that told several of them. */
  digests: number
  /** Mails and posts that came more often than once, under the same key. */
  wireDuplicates: number
}

/**
 * Compares the script with the database and with what arrived: every true transition took effect once,
 * each is told to each recipient by one alert, in order, and nothing is told that did not happen.
 */
export async function consult(sql: Sql, script: Script, mails: Arrived[]): Promise<Findings> {
  const [turns, incidents, alerts, runs] = [
    await readTurns(sql),
    await readIncidents(sql),
    await readAlerts(sql),
    await readOutcomeRuns(sql),
  ]
  const { rows: monitors } = await sql.query<{ id: string }>('SELECT id FROM monitors')
  const faults = monitors.flatMap(({ id }) => {
    const of = <Row extends { monitorId: string }>(rows: Row[]) =>
      rows.filter((row) => row.monitorId === id)
    return [
      ...faultsOfTurns(of(turns), script),
      ...faultsOfIncidents(of(incidents), of(runs), script),
      ...faultsOfAlerts(of(alerts), of(incidents), script),
      ...faultsOfOrder(of(alerts), mails, script),
    ].map((fault) => `monitor ${id}: ${fault}`)
  })
  return {
    faults: [...faults, ...faultsOfMails(alerts, mails)],
    transitions: turns.length,
    alerts: alerts.length,
    digests: new Set(alerts.flatMap(({ digestId }) => digestId ?? [])).size,
    wireDuplicates: mails.length - new Set(mails.map(keyOf)).size,
  }
}

type TurnRow = { monitorId: string; to: string; at: number }
type IncidentRow = {
  id: string
  monitorId: string
  kind: string
  startedAt: number
  resolvedAt: number | null
  isRetracted: boolean
}
type AlertRow = {
  id: string
  monitorId: string
  incidentId: string
  type: string
  recipient: string
  status: string
  /** The digest that tells it; null where it is told by itself. */
  digestId: string | null
}
/** Checks of the same outcome in a row. */
type OutcomeRun = { monitorId: string; outcome: string; startedAt: number }

function faultsOfTurns(turns: TurnRow[], { statuses }: Script): string[] {
  return differing(
    'turned',
    statuses,
    turns.map((turn) => turn.to),
  )
}

function faultsOfIncidents(incidents: IncidentRow[], runs: OutcomeRun[], script: Script): string[] {
  const ups = runs.filter((run) => run.outcome === 'UP')
  const downs = runs.filter((run) => run.outcome === 'DOWN')
  // The first of a script is always up: the n-th failure ends with the success after it.
  const expected = downs.map((down, n) => `DOWN ${down.startedAt}–${ups[n + 1]?.startedAt ?? null}`)
  const found = incidents.map(
    ({ kind, startedAt, resolvedAt }) => `${kind} ${startedAt}–${resolvedAt}`,
  )
  return [
    ...differing(
      'saw',
      script.statuses,
      runs.map((run) => run.outcome),
    ),
    ...differing('has incidents', expected, found),
    ...incidents.filter((incident) => incident.isRetracted).map(() => 'an incident was retracted'),
  ]
}

function faultsOfAlerts(alerts: AlertRow[], incidents: IncidentRow[], script: Script): string[] {
  const expected = incidents.flatMap(({ id, resolvedAt }) =>
    (resolvedAt === null ? ['DOWN'] : ['DOWN', 'UP']).flatMap((type) =>
      recipientsOf(script).map((recipient) => `${type} of ${id} to ${recipient}`),
    ),
  )
  return [
    ...differing(
      'has alerts',
      expected,
      alerts.map(({ type, incidentId, recipient }) => `${type} of ${incidentId} to ${recipient}`),
    ),
    ...alerts
      .filter(({ status }) => status !== 'SENT')
      .map(({ id, status }) => `alert ${id} is ${status}`),
  ]
}

/** Repeats aside, what is told of one monitor comes to each recipient in the order in which it happened. */
function faultsOfOrder(alerts: AlertRow[], mails: Arrived[], script: Script): string[] {
  return recipientsOf(script).flatMap((recipient) => {
    const own = alerts.filter((alert) => alert.recipient === recipient)
    const told = Map.groupBy(own, keyOfAlert)
    const arrived = [...new Set(mails.map(keyOf))].flatMap((key) => told.get(key) ?? [])
    return differing(
      `told ${recipient}`,
      own.map(({ id }) => id),
      arrived.map(({ id }) => id),
    )
  })
}

/** Channels come before the mailbox. */
function recipientsOf({ recipient, channels = [] }: Script): string[] {
  return [...channels, recipient]
}

function faultsOfMails(alerts: AlertRow[], mails: Arrived[]): string[] {
  const recipients = new Map(alerts.map((alert) => [keyOfAlert(alert), alert.recipient]))
  return mails.flatMap((mail) => {
    const recipient = recipients.get(keyOf(mail))
    if (!recipient) return [`a mail came that nothing stands for: ${mail.messageId}`]
    return recipient === mail.recipient ? [] : [`a mail for ${recipient} came to ${mail.recipient}`]
  })
}

function keyOfAlert({ id, digestId }: AlertRow): string {
  return digestId ?? id
}

function differing(what: string, expected: readonly string[], found: readonly string[]): string[] {
  const [wanted, got] = [expected.join(', '), found.join(', ')]
  return wanted === got ? [] : [`${what} [${got}] instead of [${wanted}]`]
}

/** A mail's Message-ID is `<id@host>`, of an alert or a digest; a post's webhook-id is the alert's id alone. */
function keyOf({ messageId }: Arrived): string {
  return messageId.replace(/^<|@.*$/g, '')
}

async function readTurns(sql: Sql): Promise<TurnRow[]> {
  const { rows } = await sql.query<TurnRow>(
    `SELECT monitor_id AS "monitorId", to_status AS "to", ${epochMs('at')} AS at
     FROM transitions WHERE superseded_at IS NULL ORDER BY decided_at`,
  )
  return rows
}

async function readIncidents(sql: Sql): Promise<IncidentRow[]> {
  const { rows } = await sql.query<IncidentRow>(
    `SELECT id, monitor_id AS "monitorId", kind, ${epochMs('started_at')} AS "startedAt",
       ${epochMs('resolved_at')} AS "resolvedAt", retracted_at IS NOT NULL AS "isRetracted"
     FROM incidents ORDER BY started_at`,
  )
  return rows
}

async function readAlerts(sql: Sql): Promise<AlertRow[]> {
  const { rows } = await sql.query<AlertRow>(
    `SELECT id, monitor_id AS "monitorId", incident_id AS "incidentId", type, recipient, status,
       digest_id AS "digestId"
     FROM alerts ORDER BY position`,
  )
  return rows
}

async function readOutcomeRuns(sql: Sql): Promise<OutcomeRun[]> {
  const { rows } = await sql.query<OutcomeRun>(
    `SELECT monitor_id AS "monitorId", outcome, ${epochMs('checked_at')} AS "startedAt"
     FROM (
       SELECT *, lag(outcome) OVER (PARTITION BY monitor_id ORDER BY scheduled_at, attempt) AS before
       FROM checks
     ) c
     WHERE outcome IS DISTINCT FROM before
     ORDER BY scheduled_at, attempt`,
  )
  return rows
}
