import { z } from 'zod'
import type { Prisma } from '../../../generated/prisma/client.ts'
import type { MonitorKind, MonitorStatus } from '../../../generated/prisma/enums.ts'
import type { Maintained } from '../../maintenance/spans/span.ts'
import { isUuid } from '../../uuid.ts'
import { storableRule, textUnder } from '../input/rules.ts'

const MAX_SEARCH_LENGTH = 200

/** Which monitors to list; what is left out or null does not matter. */
export type MonitorFilter = {
  status?: MonitorStatus[] | null
  kind?: MonitorKind[] | null
  isActive?: boolean | null
  region?: string | null
  search?: string | null
}

/** The texts of a filter: the schema has looked at the rest. */
export const filterRules = z.object({
  region: textUnder(searchRule).nullish(),
  search: textUnder(searchRule).nullish(),
})

/** Ordered by a column, and by the id where that is tied or `by` is null: ids grow with time. */
export const monitorOrders = {
  NEWEST: { by: null, direction: 'desc' },
  OLDEST: { by: null, direction: 'asc' },
  NAME: { by: 'name', direction: 'asc' },
  LATEST_CHANGE: { by: 'statusSince', direction: 'desc' },
} as const

export type MonitorOrder = keyof typeof monitorOrders

/** Where a page begins or ends. */
export type MonitorPlace = { id: string; value: string | Date | null }

/** What a page must read of a monitor to know its place in any order. */
export const placeColumns = { id: true, name: true, statusSince: true } as const

export type PlacedMonitor = { id: string; name: string; statusSince: Date }

export function placeOf(monitor: PlacedMonitor, order: MonitorOrder): MonitorPlace {
  const { by } = monitorOrders[order]
  return { id: monitor.id, value: by && monitor[by] }
}

export function formatPlace({ id, value }: MonitorPlace): string {
  return `${id}/${value instanceof Date ? value.toISOString() : (value ?? '')}`
}

/** Null for what is no place in this order. */
export function parsePlace(text: string, order: MonitorOrder): MonitorPlace | null {
  const [id = '', ...rest] = text.split('/')
  const value = parseValue(rest.join('/'), order)
  return isUuid(id) && value !== undefined ? { id, value } : null
}

/** The status is that which is shown: what is worked on now must be known where it is asked for. */
export function isMatching(
  workspaceId: string,
  filter: MonitorFilter,
  maintained: Maintained | null,
): Prisma.MonitorWhereInput {
  const { status, kind, isActive, region, search } = filter
  const text = { contains: literally(search ?? ''), mode: 'insensitive' } as const
  return {
    workspaceId,
    ...(status && { AND: [isShownAs(status, maintained)] }),
    ...(kind && { kind: { in: kind } }),
    ...(isActive != null && { isActive }),
    ...(region != null && { regions: { has: region } }),
    ...(search && { OR: [{ name: text }, { target: text }] }),
  }
}

function isShownAs(
  statuses: MonitorStatus[],
  maintained: Maintained | null,
): Prisma.MonitorWhereInput {
  const observed = { status: { in: statuses.filter((status) => status !== 'MAINTENANCE') } }
  const isQuiet = !maintained || (!maintained.isForAll && maintained.monitorIds.size === 0)
  if (isQuiet) return observed
  const { isForAll, monitorIds } = maintained
  const isMaintained = {
    ...(!isForAll && { id: { in: [...monitorIds] } }),
    status: { not: 'PAUSED' },
  } satisfies Prisma.MonitorWhereInput
  const seen = { AND: [observed, { NOT: isMaintained }] }
  return statuses.includes('MAINTENANCE') ? { OR: [seen, isMaintained] } : seen
}

/** Beyond a place in the order; on the near side of it where `isBackward`. */
export function isBeyond(
  { id, value }: MonitorPlace,
  order: MonitorOrder,
  isBackward: boolean,
): Prisma.MonitorWhereInput {
  const { by, direction } = monitorOrders[order]
  const side = (direction === 'asc') === isBackward ? 'lt' : 'gt'
  const byId = { id: { [side]: id } }
  return by ? { OR: [{ [by]: { [side]: value } }, { [by]: value, ...byId }] } : byId
}

export function orderOf(
  order: MonitorOrder,
  isBackward: boolean,
): Prisma.MonitorOrderByWithRelationInput[] {
  const { by, direction } = monitorOrders[order]
  const way = (direction === 'asc') === isBackward ? 'desc' : 'asc'
  return by ? [{ [by]: way }, { id: way }] : [{ id: way }]
}

/** Undefined for what cannot be one. */
function parseValue(text: string, order: MonitorOrder): MonitorPlace['value'] | undefined {
  switch (monitorOrders[order].by) {
    case null:
      return null
    case 'name':
      return storableRule(text) ? undefined : text
    case 'statusSince': {
      const at = new Date(text)
      return Number.isNaN(at.getTime()) ? undefined : at
    }
  }
}

/** Prisma hands the text to LIKE as it is, where these stand for something else. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}

function searchRule(text: string): string | null {
  if (text.length > MAX_SEARCH_LENGTH) return `must be at most ${MAX_SEARCH_LENGTH} characters`
  return storableRule(text)
}
