import type { AlertChannel, AlertType } from '../../generated/prisma/enums.ts'
import type { FollowedKind, IncidentEffect, MonitorEffect } from '../incidents/incident.ts'

/** One address on one channel. */
export type Recipient = { channel: AlertChannel; address: string }

export type Audience = {
  /** By the monitor's id: whom to tell what happens from now on, best first. One is told. */
  candidates: ReadonlyMap<string, readonly Recipient[]>
  /** By the incident's id: who was told that it opened. */
  told: ReadonlyMap<string, readonly Recipient[]>
}

/** What is to be told of one incident: of a transition, or of the days that a certificate has left. */
export type News = {
  workspaceId: string
  monitorId: string
  incidentId: string
  transitionId: string | null
  daysLeft: number | null
  type: AlertType
}

/** The intent to tell it to one recipient. */
export type AlertIntent = News & { recipient: Recipient }

export type Telling = {
  alerts: AlertIntent[]
  /** What would have been told, had there been anybody to tell. */
  unheard: News[]
}

const openings = { DOWN: 'DOWN', LATENCY: 'SLOW' } satisfies Record<FollowedKind, AlertType>
const endings = { DOWN: 'UP', LATENCY: 'NORMAL' } satisfies Record<FollowedKind, AlertType>

/** Whom to tell what, in the order of the effects. */
export function decideAlerts(effects: readonly MonitorEffect[], audience: Audience): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  for (const effect of effects) {
    const news = newsOf(effect)
    if (!news) continue
    const recipients = recipientsOf(effect, audience)
    telling.alerts.push(...recipients.map((recipient) => ({ ...news, recipient })))
    if (recipients.length === 0 && effect.type !== 'RETRACT') telling.unheard.push(news)
  }
  return telling
}

/** Tells each news to the best candidate of its monitor. */
export function address(news: readonly News[], candidates: Audience['candidates']): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  for (const one of news) {
    const [recipient] = candidates.get(one.monitorId) ?? []
    if (recipient) telling.alerts.push({ ...one, recipient })
    else telling.unheard.push(one)
  }
  return telling
}

/** Whom to tell instead of those who could not be reached: the best candidate not tried yet. */
export function nextRecipient(
  candidates: readonly Recipient[],
  tried: readonly Recipient[],
): Recipient | null {
  const isTried = ({ channel, address }: Recipient) =>
    tried.some((one) => one.channel === channel && one.address === address)
  return candidates.find((candidate) => !isTried(candidate)) ?? null
}

function newsOf(effect: MonitorEffect): News | null {
  const { workspaceId, monitorId, incidentId, transition } = effect
  const type = typeOf(effect)
  return (
    type && {
      workspaceId,
      monitorId,
      incidentId,
      transitionId: transition.id,
      daysLeft: null,
      type,
    }
  )
}

function typeOf(effect: IncidentEffect): AlertType | null {
  switch (effect.type) {
    case 'OPEN':
      return openings[effect.kind]
    case 'RESOLVE':
      // Whoever pauses a monitor knows it, and that it is fine again nobody knows.
      return effect.transition.to === 'PAUSED' ? null : endings[effect.kind]
    case 'MOVE':
      return effect.reopens ? openings[effect.kind] : null
    case 'RETRACT':
      return effect.wasResolvedAt === null ? endings[effect.kind] : null
  }
}

function recipientsOf(effect: MonitorEffect, { candidates, told }: Audience): readonly Recipient[] {
  return effect.type === 'RETRACT'
    ? (told.get(effect.incidentId) ?? [])
    : (candidates.get(effect.monitorId) ?? []).slice(0, 1)
}
