import { stringify } from 'csv-stringify/sync'
import { z } from 'zod'
import type { Alert } from '../../../generated/prisma/client.ts'
import { AlertType, DeliveryStatus, WithheldReason } from '../../../generated/prisma/enums.ts'
import { encodeId, uuidOf } from '../../graphql/ids.ts'
import { parseInput } from '../../input.ts'
import { type AlertFilter, filterOf } from '../filter.ts'

/** `channelName` is null for a mailbox, and once the channel is deleted. */
export type ExportedAlert = Alert & {
  monitor: { name: string; target: string }
  channelName: string | null
}

/** The columns, in their order. Instants are ISO 8601 in UTC, ids those of the GraphQL API. */
const columns = {
  id: ({ id }) => encodeId('Alert', id),
  createdAt: ({ createdAt }) => createdAt.toISOString(),
  type: ({ type }) => type,
  status: ({ status }) => status,
  monitorId: ({ monitorId }) => encodeId('Monitor', monitorId),
  monitor: ({ monitor }) => monitor.name,
  target: ({ monitor }) => monitor.target,
  incidentId: ({ incidentId }) => encodeId('Incident', incidentId),
  channel: ({ channel }) => channel,
  channelId: ({ channelId }) => (channelId === null ? '' : encodeId('Channel', channelId)),
  channelName: ({ channelName }) => channelName ?? '',
  recipient: ({ recipient }) => recipient,
  round: ({ round }) => String(round),
  attempts: ({ attempts }) => String(attempts),
  sentAt: ({ sentAt }) => sentAt?.toISOString() ?? '',
  error: ({ error }) => error ?? '',
  withheldReason: ({ withheldReason }) => withheldReason ?? '',
  reviewAt: ({ reviewAt }) => reviewAt?.toISOString() ?? '',
} satisfies Record<string, (alert: ExportedAlert) => string>

export function headLine(): string {
  return lines([Object.keys(columns)])
}

export function linesOf(alerts: readonly ExportedAlert[]): string {
  return lines(alerts.map((alert) => Object.values(columns).map((cell) => cell(alert))))
}

/** Stands where a table ends before its time. */
export function cutLine(lastId: string, most: number): string {
  const text = `CUT after ${most} alerts: ask for the rest with before=${encodeId('Alert', lastId)}`
  return lines([Object.keys(columns).map((_, index) => (index === 0 ? text : ''))])
}

const oneOf = <Values extends Record<string, string>>(values: Values) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)))
    .optional()

const at = z.iso
  .datetime({ offset: true, error: 'must be an instant, such as 2026-11-20T00:00:00Z' })
  .transform((text) => new Date(text))
  .optional()

const rules = z.strictObject({
  status: oneOf(DeliveryStatus),
  type: oneOf(AlertType),
  withheldReason: oneOf(WithheldReason),
  monitorId: z.string().optional(),
  incidentId: z.string().optional(),
  channelId: z.string().optional(),
  contactId: z.string().optional(),
  from: at,
  to: at,
  before: z.string().optional(),
})

/** `before` is the alert that was listed last. */
export type ExportQuery = { filter: AlertFilter; before: string | null }

/** Of the query of an address: the fields of AlertFilter, with commas between several values, and `before`. */
export function parseQuery(query: Record<string, string>): ExportQuery {
  const { before, ...filter } = parseInput(rules, query)
  return {
    filter: filterOf(filter),
    before: before === undefined ? null : uuidOf('Alert', before),
  }
}

/** RFC 4180. A cell that a spreadsheet would run as a formula begins with an apostrophe. */
function lines(rows: string[][]): string {
  return stringify(rows, { record_delimiter: 'windows', escape_formulas: true })
}
