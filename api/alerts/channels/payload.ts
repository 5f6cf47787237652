import { encodeId } from '../../graphql/ids.ts'
import type { Notice } from '../message.ts'
import type { Single } from './content.ts'
import type { Speech } from './speech.ts'

/** Fields may be added to it; whatever else changes is a new version. */
const VERSION = 1

/** What a webhook is sent: docs/webhook.schema.json describes it. Ids are those of the GraphQL API. */
export function webhookPayload(told: Single, speech: Speech) {
  const { title, lead: text, link, imageUrl, at } = speech
  const words = { title, text, url: link.url }
  const timestamp = iso(at)
  if (told.type === 'TRIAL') {
    const { channelName } = told.trial
    return { version: VERSION, type: 'test', timestamp, data: { ...words, channelName } }
  }
  const { notice } = told
  const type = `alert.${notice.type.toLowerCase()}`
  return { version: VERSION, type, timestamp, data: { ...words, ...ofNotice(notice, imageUrl) } }
}

function ofNotice(notice: Notice, screenshotUrl: string | null) {
  const { alertId, incidentId, monitorId, monitorName, target, daysLeft, entry } = notice
  const lateness = latenessOf(notice)
  return {
    alert: { id: encodeId('Alert', alertId), daysLeft, by: entry?.by ?? null, lateness },
    incident: {
      id: encodeId('Incident', incidentId),
      startedAt: iso(notice.startedAt),
      resolvedAt: isoOrNull(notice.resolvedAt),
      isRetracted: notice.isRetracted,
      cause: notice.cause,
      regions: notice.regions,
      regionCount: notice.regionCount,
      lastGoodAt: isoOrNull(notice.lastGoodAt),
      screenshotUrl,
    },
    monitor: {
      id: encodeId('Monitor', monitorId),
      name: monitorName,
      target,
      certificateExpiresAt: isoOrNull(notice.certificateExpiresAt),
    },
  }
}

function latenessOf({ lateness, decidedAt }: Notice) {
  if (!lateness) return null
  const { reason, forMs } = lateness
  return { reason, withheldSeconds: Math.round(forMs / 1_000), releasedAt: iso(decidedAt + forMs) }
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at)
}
