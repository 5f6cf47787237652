import type { IncidentKind } from '../../../generated/prisma/enums.ts'
import type { IncidentEffect, MonitorEffect } from '../incident.ts'

/** Where several effects leave one incident. Null: `startedAt` as it was, not resolved, not retracted, not new. */
export type IncidentState = Pick<MonitorEffect, 'incidentId' | 'monitorId' | 'workspaceId'> & {
  kind: IncidentKind
  startedAt: number | null
  resolvedAt: number | null
  retractedAt: number | null
  cause: string | null
}

/** What incidents become by effects, the first of each first. */
export function statesAfter(effects: MonitorEffect[], nowMs: number): IncidentState[] {
  const states = new Map<string, IncidentState>()
  for (const effect of effects) {
    const { incidentId, monitorId, workspaceId, kind } = effect
    const untouched = { startedAt: null, resolvedAt: null, retractedAt: null, cause: null }
    const before = states.get(incidentId) ?? {
      incidentId,
      monitorId,
      workspaceId,
      kind,
      ...untouched,
    }
    states.set(incidentId, { ...before, ...changeOf(effect, nowMs) })
  }
  return [...states.values()]
}

/** Over: resolved, or retracted. */
export function isOver({ resolvedAt, retractedAt }: IncidentState): boolean {
  return resolvedAt !== null || retractedAt !== null
}

/** Late results showed that it is not over. */
export function isReopening(effect: IncidentEffect): boolean {
  return effect.type === 'MOVE' && effect.reopens
}

function changeOf(effect: IncidentEffect, nowMs: number): Partial<IncidentState> {
  switch (effect.type) {
    case 'OPEN':
      return { startedAt: effect.startedAt, cause: effect.cause }
    case 'RESOLVE':
      return { resolvedAt: effect.resolvedAt }
    case 'MOVE':
      return { startedAt: effect.startedAt, resolvedAt: effect.resolvedAt }
    case 'RETRACT':
      return { resolvedAt: effect.wasResolvedAt, retractedAt: nowMs }
  }
}
