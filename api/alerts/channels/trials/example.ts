import type { Notice } from '../../message.ts'
import type { Trial } from '../content.ts'

const MINUTE_MS = 60_000

/** An alert as there might be one, to try a channel's own words with. */
export function exampleOf({ trialId, recipient, timeZone, at }: Trial): Notice {
  return {
    alertId: trialId,
    incidentId: trialId,
    incidentKind: 'DOWN',
    monitorId: trialId,
    type: 'DOWN',
    daysLeft: null,
    recipient,
    timeZone,
    monitorName: 'Example',
    monitorKind: 'HTTP',
    target: 'https://example.com/',
    startedAt: at - MINUTE_MS,
    resolvedAt: null,
    isRetracted: false,
    isUnattended: false,
    isAcknowledgedThere: false,
    lateness: null,
    cause: 'The answer was 503, expected 200–399',
    entry: null,
    statusAfter: 'DOWN',
    regions: ['local'],
    regionCount: 1,
    lastGoodAt: at - 2 * MINUTE_MS,
    decidedAt: at,
    certificateExpiresAt: null,
    screenshotUrl: null,
  }
}
