import type { AlertChannel, AlertType } from '../../generated/prisma/enums.ts'
import type { FollowedKind, IncidentEffect } from '../incidents/incident.ts'

/** One address on one channel. */
export type Recipient = { channel: AlertChannel; address: string }

export type Audience = {
  /** Whom to tell what happens from now on. */
  recipients: readonly Recipient[]
  /** Who was told that an incident opened, by the incident's id. */
  told: ReadonlyMap<string, readonly Recipient[]>
}

/** The intent to tell one recipient about one transition of one incident. */
export type AlertIntent = {
  incidentId: string
  transitionId: string
  type: AlertType
  recipient: Recipient
}

export type Telling = {
  alerts: AlertIntent[]
  /** What should have been told, had there been anybody to tell. */
  unheard: { incidentId: string; type: AlertType }[]
}

const openings = { DOWN: 'DOWN', LATENCY: 'SLOW' } satisfies Record<FollowedKind, AlertType>
const endings = { DOWN: 'UP', LATENCY: 'NORMAL' } satisfies Record<FollowedKind, AlertType>

/** Whom to tell what, in the order of the effects. */
export function decideAlerts(effects: readonly IncidentEffect[], audience: Audience): Telling {
  const telling: Telling = { alerts: [], unheard: [] }
  for (const effect of effects) {
    const type = typeOf(effect)
    if (!type) continue
    const { incidentId, turn } = effect
    const recipients = recipientsOf(effect, audience)
    for (const recipient of recipients) {
      telling.alerts.push({ incidentId, transitionId: turn.id, type, recipient })
    }
    if (recipients.length === 0 && effect.type !== 'RETRACT') {
      telling.unheard.push({ incidentId, type })
    }
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

function typeOf(effect: IncidentEffect): AlertType | null {
  switch (effect.type) {
    case 'OPEN':
      return openings[effect.kind]
    case 'RESOLVE':
      // Whoever pauses a monitor knows it, and that it is fine again nobody knows.
      return effect.turn.to === 'PAUSED' ? null : endings[effect.kind]
    case 'MOVE':
      return effect.reopens ? openings[effect.kind] : null
    case 'RETRACT':
      return effect.wasResolvedAt === null ? endings[effect.kind] : null
  }
}

function recipientsOf(effect: IncidentEffect, audience: Audience): readonly Recipient[] {
  return effect.type === 'RETRACT'
    ? (audience.told.get(effect.incidentId) ?? [])
    : audience.recipients
}
