import type { AlertType, IncidentKind, MonitorStatus } from '../../generated/prisma/enums.ts'
import type { FollowedKind, IncidentEffect, MonitorEffect } from '../incidents/incident.ts'
import type { Recipient } from './audience/audience.ts'
import type { Gate } from './withholding/withholding.ts'

/** Of which monitor an alert is. */
export type AlertPlace = { alertId: string; workspaceId: string; monitorId: string }

/** What is to be told of one incident: of a transition, or of the days that a certificate has left. */
export type News = {
  workspaceId: string
  monitorId: string
  incidentId: string
  transitionId: string | null
  daysLeft: number | null
  /** How slow it has become, where that is told and not how it began. */
  latencyMs: number | null
  type: AlertType
}

/** Of which incident news are. */
export type IncidentPlace = Pick<News, 'workspaceId' | 'monitorId' | 'incidentId'>

/** The intent to tell it to one recipient, at once or later. */
export type AlertIntent = News & {
  recipient: Recipient
  /** How often the same was told to the same recipient before. */
  round: number
  gate: Gate
}

/** What tells that something begins; the other types tell that it is over, or who is at it. */
export const beginnings = ['DOWN', 'SLOW', 'CERTIFICATE_EXPIRY'] as const satisfies AlertType[]

export type BeginningType = (typeof beginnings)[number]

/** What tells that somebody is at it, or is no more. */
const handlings = ['ACKNOWLEDGED', 'REOPENED'] as const satisfies AlertType[]

/** What tells that it is over. */
export const ends = [
  'UP',
  'NORMAL',
  'CERTIFICATE_RENEWED',
  'RESOLVED',
] as const satisfies AlertType[]

const openings = { DOWN: 'DOWN', LATENCY: 'SLOW' } satisfies Record<FollowedKind, AlertType>
const closings = { DOWN: 'UP', LATENCY: 'NORMAL' } satisfies Record<FollowedKind, AlertType>

export function isBeginning(type: AlertType): type is BeginningType {
  return beginnings.some((one) => one === type)
}

export function isHandling(type: AlertType): boolean {
  return handlings.some((one) => one === type)
}

/** What somebody did about an incident, or ceased to do. */
export function handNews(
  { workspaceId, monitorId, incidentId }: IncidentPlace,
  type: (typeof handlings)[number] | 'RESOLVED',
): News {
  const place = { workspaceId, monitorId, incidentId, transitionId: null }
  return { ...place, daysLeft: null, latencyMs: null, type }
}

/** That an incident is over, by the transition that says so; null where none does. */
export function endNews(
  place: IncidentPlace,
  kind: IncidentKind,
  transition: { id: string; to: MonitorStatus } | null,
): News {
  const news = handNews(place, 'RESOLVED')
  if (transition === null || (kind !== 'DOWN' && kind !== 'LATENCY')) return news
  return { ...news, transitionId: transition.id, type: closingTo(transition.to, kind) }
}

/** What effects give to tell, in their order. */
export function newsOf(effects: readonly MonitorEffect[]): News[] {
  return effects.flatMap((effect) => {
    const { workspaceId, monitorId, incidentId, transition } = effect
    const type = typeOf(effect)
    const place = { workspaceId, monitorId, incidentId, transitionId: transition.id }
    return type === null ? [] : [{ ...place, daysLeft: null, latencyMs: null, type }]
  })
}

function typeOf(effect: IncidentEffect): AlertType | null {
  switch (effect.type) {
    case 'OPEN':
      return openings[effect.kind]
    case 'RESOLVE':
      return closingTo(effect.transition.to, effect.kind)
    case 'MOVE':
      return effect.reopens ? openings[effect.kind] : null
    case 'RETRACT':
      return effect.wasResolvedAt === null ? closings[effect.kind] : null
  }
}

/** That what is paused is fine again nobody knows. */
function closingTo(status: MonitorStatus, kind: FollowedKind): AlertType {
  return status === 'PAUSED' ? 'RESOLVED' : closings[kind]
}
